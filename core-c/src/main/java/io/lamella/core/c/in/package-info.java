// SPDX-License-Identifier: Apache-2.0
/**
 * A core in C, used as if it were the Java core: {@link io.lamella.core.c.in.NativeCore} is a {@link io.lamella.core.GpuCore} whose every
 * call goes through a {@code struct lamella_core_ops}.
 *
 * <p>The core in C is trusted as far as any driver in the same process must be: a wrong pointer from it is fatal. What can be checked is:
 * counts, sizes and texts are bounded, numbers without a meaning are a fault of the device's and not of the caller's.
 *
 * <p>Lifetimes: each object has the core's handle and forgets it when it is closed. Handles are safe to use late (the core must refuse
 * them), so a close does not wait for the calls that are under way; the calls are counted all the same, and what C may be using while one
 * is under way (the platform) is kept until there is none. The one piece of memory that C lends, that of host memory, ends for Java
 * before C is told to take it back. Stubs into Java are made once for the process and never freed; the contexts that they get are numbers
 * that lead nowhere once their object is closed.
 *
 * <p>Threads: any. What a virtual thread calls is called by a platform thread for it ({@link
 * io.lamella.core.c.abi.PlatformThreads}), but for single accesses through BAR1, submitting, and blocks of bytes, which wait for nothing.
 */
@NullMarked
package io.lamella.core.c.in;

import org.jspecify.annotations.NullMarked;
