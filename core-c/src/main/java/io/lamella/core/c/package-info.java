// SPDX-License-Identifier: Apache-2.0
/**
 * The core's interface for C, in both directions. {@code lamella_core.h} (in {@code core-c/src/main/c/include}) is the interface; {@code
 * docs/core.md} explains it.
 *
 * <ul>
 *   <li><em>In</em>: {@link io.lamella.core.c.NativeCoreProvider} uses a core in a shared library as if it were the Java core.
 *   <li><em>Out</em>: {@link io.lamella.core.c.CoreLibrary} is what {@code liblamella-core.so} calls in the JVM that it starts: it hands
 *       out the table of the Java core, so that a C program can be its client. GPUs that such a program names come from {@link
 *       io.lamella.core.c.GpuSource}s.
 * </ul>
 *
 * <p>This module and {@code linux} are the only ones that call native code or are called by it.
 */
@NullMarked
package io.lamella.core.c;

import org.jspecify.annotations.NullMarked;
