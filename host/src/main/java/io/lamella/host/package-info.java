// SPDX-License-Identifier: Apache-2.0
/**
 * The host: software GPUs, the driver and the vGPU manager on each, and a socket for every vGPU.
 *
 * <p>{@link io.lamella.host.LamellaHost} builds it, top to bottom: a board, a slot that the board sits in, the core that boots it, the
 * manager that is the core's client, and for each vGPU a socket in a directory that nobody else may enter. Closing goes the other way and
 * leaves nothing. What happens is told as {@link io.lamella.host.HostEvent}s, each with a sentence; what is, is told by {@link
 * io.lamella.host.HostReport}.
 *
 * <p>A board stays in its {@code Seat} while its user changes: {@link io.lamella.host.HostGpu} cuts it into vGPUs, {@link
 * io.lamella.host.PassthroughGpu} serves its physical function whole, {@link io.lamella.host.DrmGpu} lets programs on the host use it. One of them at a time; the old one has closed the core, or the VM's
 * socket, before the next is told of the board. A board that goes between users that are not the core's is reset and its memory cleared.
 *
 * <p>What an operator sees, desired state that survives restarts, and node files are in {@code io.lamella.host.node}, on top of this. A
 * network interface and metrics are in the module {@code daemon}.
 *
 * <p>Threads: any. One shared thread waits for clients of all vGPUs; each attached client has one of its own.
 */
@NullMarked
package io.lamella.host;

import org.jspecify.annotations.NullMarked;
