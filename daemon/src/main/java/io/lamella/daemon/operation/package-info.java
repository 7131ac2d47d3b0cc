// SPDX-License-Identifier: Apache-2.0
/**
 * Long work behind the API: asked for by one request, done on a virtual thread of its own, looked at by others. At most so many run, wait and
 * are kept; what waits can be cancelled. What runs cannot, because each step of a GPU's life is either finished or undone by the layers below.
 */
@NullMarked
package io.lamella.daemon.operation;

import org.jspecify.annotations.NullMarked;
