// SPDX-License-Identifier: Apache-2.0
package io.lamella.vgpu;

import io.lamella.core.VirtualFunction;
import io.lamella.vgpu.placement.Placement;
import io.lamella.vgpu.type.VgpuType;
import java.util.UUID;

/**
 * A vGPU as it is at one moment.
 *
 * @param uuid by which it is known
 * @param type its type
 * @param function its virtual function
 * @param state where it is in its life
 * @param reason a sentence for FAILED, QUARANTINED and GONE, and for ASSIGNED after a start that failed, else empty
 * @param placement where it lies on the GPU
 * @param parameters its settings
 * @param fbOffset where its memory is in frame buffer, or -1 while it has none
 * @param fbBytes how much of it there is, or 0
 * @param firstChannel its first hardware channel id, or -1
 * @param channels how many channel ids it has, or 0
 * @param rpcVersion of the host RPC as agreed with its firmware task, or 0
 * @param busMaster whether its firmware task was last told that the function may do DMA
 */
public record VgpuInfo(
        UUID uuid,
        VgpuType type,
        VirtualFunction function,
        VgpuState state,
        String reason,
        Placement placement,
        VgpuParameters parameters,
        long fbOffset,
        long fbBytes,
        int firstChannel,
        int channels,
        int rpcVersion,
        boolean busMaster) {}
