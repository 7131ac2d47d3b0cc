// SPDX-License-Identifier: Apache-2.0
/**
 * The Java core for C: a {@code struct lamella_core_ops} whose functions lead into {@link io.lamella.core.GpuCore} and what hangs on it.
 *
 * <p>Everything that comes from C is hostile. Handles are looked up in a table that never gives a number twice; text and arrays are
 * bounded by the header's limits before they are touched, and copied before they are used; memory behind a pointer is touched as far as
 * the header says and no further; whatever is thrown becomes an error number. That a pointer leads to memory at all cannot be checked.
 *
 * <p>Threads are C's own: the JVM takes each in at its first call. Events are delivered on the core's event thread, under a gate that
 * lets a session's closing wait for a listener that is running.
 */
@NullMarked
package io.lamella.core.c.out;

import org.jspecify.annotations.NullMarked;
