// SPDX-License-Identifier: Apache-2.0
/**
 * The host RPC: how the host talks to the firmware task (plugin) of one vGPU.
 *
 * <p>Both sides share buffers at the beginning of the vGPU's management heap, which the host sees through BAR1. The host writes a message
 * and its type, counts the sequence number up and rings a doorbell; the task answers by setting the sequence number that it has
 * processed, with a result. A new task shows that it runs by a magic number in the place of the host's sequence number.
 *
 * <p>Facts from the kernel RFC that introduces NVIDIA GPU virtualization, patch 28 of its first version; buffer layouts from {@code
 * io.lamella.hw.vgpu}. What the task writes is not trusted: values are read once, and every wait has a limit.
 *
 * <p>Not modelled: migration messages, the console surface, the error and log buffers.
 *
 * <p>Threads: one call at a time, from any thread.
 */
@NullMarked
package io.lamella.vgpu.rpc;

import org.jspecify.annotations.NullMarked;
