// SPDX-License-Identifier: Apache-2.0
/**
 * Where the blocks of one GPU function meet. A function (the PF, or a VF with an active vGPU) is a register file, two falcons, an
 * interrupt tree, a memory side (BAR1, BAR2, the PRAMIN window, page tables) and a GSP. This package holds the interfaces between them
 * so that each can be built, replaced and tested alone; {@code io.lamella.gpu} wires them.
 *
 * <p>Threads: register and BAR accesses of a function come from one thread at a time, the one that serves the function. Whatever may
 * wait for memory on the other side (falcon loads, booter, GSP commands) runs on the function's {@link io.lamella.gpu.port.FunctionTasks},
 * one task at a time; no register access ever waits for it.
 */
@NullMarked
package io.lamella.gpu.port;

import org.jspecify.annotations.NullMarked;
