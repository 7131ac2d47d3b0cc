// SPDX-License-Identifier: Apache-2.0
/** The host as a service. */
@NullMarked
package io.lamella.daemon;

import org.jspecify.annotations.NullMarked;
