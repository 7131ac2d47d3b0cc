// SPDX-License-Identifier: Apache-2.0
/**
 * Host and PBDMA: channels, from the doorbell to the method of an engine.
 *
 * <p>A driver makes a channel with the GSP ({@code io.lamella.gpu.rm.ChannelObjects}), writes push buffers, their entries in the channel's ring and the
 * ring's new end in USERD, and rings the function's doorbell. {@link io.lamella.gpu.host.EngineThread}, one per GPU, then runs the channel as
 * {@code io.lamella.gpu.sched} decides: {@code PushReader} fetches, {@link io.lamella.gpu.host.Channel} decodes headers, {@code HostUnit} executes host's own
 * methods (semaphores of both generations, memory operations, interrupts, yield), everything from method 0x100 on goes to the {@link
 * io.lamella.gpu.host.EngineObject} that is bound on the method's subchannel. A further class of engine is an {@link io.lamella.gpu.host.EngineClass}
 * in a package of its own and a {@link io.lamella.gpu.host.Runlist} that names it.
 *
 * <p>An acquire that is not met parks its channel. A channel that does what it may not is stopped alone: the fault's number is the Xid that drivers log,
 * its sentence says what was wrong, and the function's GSP tells its driver.
 *
 * <p>Threads: channels and engine objects belong to the GPU's engine thread, which exists while there are channels and sleeps without work. Doorbells
 * come from the serving thread and do not wait for work; one that rang already costs next to nothing, however often it is rung again. Freeing a
 * channel waits for one piece of its work at the most. Nothing is taken from the heap for a push or a doorbell.
 *
 * <p>All engines of a GPU work on that one thread. So two engines never work at the same time: copies on two of them together take as long as one after
 * the other, a fence between two engines of a function is seen when the other's turn is over (at most 0.5 ms), and a processor more would not make
 * one GPU faster; several GPUs have a thread each. In return a function's memory, caches and objects need no locks, time slices are those of the whole
 * function as its vGPU's share says, and a busy GPU takes one processor and no more.
 *
 * <p>Memory of a guest that is not shared with this process is reached by messages to its VMM, which answers when it likes. Turns of such a function run
 * on a thread of its own, one at a time, beside the engine thread: nobody else waits, and what it waits is not counted as its engine time. A VMM
 * that shares none of its machine's RAM is known as such when its driver makes a channel; another from the engines' first such access on, which
 * everybody waits for once. While a turn is away the scheduler does not count it: a driver that lets the GPU work in memory that its VMM does not share
 * (a ROM, say) gets time beside the engine thread's, and the processor's scheduler is what bounds it.
 *
 * <p>An access to memory that a VMM takes away at that moment is a fault of its channel: engines do not wait for memory to come back.
 *
 * <p>Facts: clc56f.h and nverror.h of open-gpu-kernel-modules, nouveau nvkm/engine/fifo and nvkm/subdev/gsp/rm/r535/fifo.c. Not modelled: engines
 * that work at the same time (one thread works for all runlists of a GPU), groups of channels (each channel is its own), subcontexts, USERD in
 * system memory, instance blocks (the address space is what the GSP was told), CRC entries of the ring, SET_REFERENCE, the fault method buffer.
 */
@NullMarked
package io.lamella.gpu.host;

import org.jspecify.annotations.NullMarked;
