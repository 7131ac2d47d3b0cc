// SPDX-License-Identifier: Apache-2.0
/**
 * The channel between the host's vGPU manager and the plugin that the firmware runs for each vGPU: buffers at the start of the vGPU's
 * management heap, a sequence number, and a doorbell.
 *
 * <p>To call, the manager copies a payload to the message buffer, sets the message type, adds one to the sequence number in the control
 * buffer, and rings {@code Vfn.DOORBELL} with {@code HostRpc.doorbell(gfid)}. The plugin answers in the message and response buffers and
 * stores the sequence number it has processed last. The plugin says that it has started by storing {@code HostRpc.BOOTLOADED} as the
 * sequence number.
 *
 * <p>Buffers, fields and message numbers are those of the RFC series "Introduce NVIDIA GPU Virtualization (vGPU) Support" (v1 for
 * 535.113.01, v2 for 570.144, whose headers name them); NVIDIA's open modules do not publish them. Two things are ours: which numbers
 * VERSION_NEGOTIATION exchanges is public nowhere, so {@code HostRpcVersion} uses the version of the control buffer; and no message tells of a
 * vGPU's weight, priority and preemption timeout, so there is {@code LAMELLA_SCHEDULING}, with a number far from NVIDIA's. Message number 14 was
 * given a new meaning in 2026, which is why a message has its number only together with a version.
 *
 * <p>Everything is immutable and may be used from any thread. Not here: the format of migration and error buffers, and payloads of
 * messages other than negotiation, configuration, scheduling and bus-master state.
 */
@NullMarked
package io.lamella.hw.vgpu;

import org.jspecify.annotations.NullMarked;
