// SPDX-License-Identifier: Apache-2.0
/** Handing out ranges of things. Thread-safe, knows nothing of the GPU. */
@NullMarked
package io.lamella.core.pool;

import org.jspecify.annotations.NullMarked;
