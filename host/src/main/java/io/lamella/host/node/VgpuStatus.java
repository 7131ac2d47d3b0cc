// SPDX-License-Identifier: Apache-2.0
package io.lamella.host.node;

import org.jspecify.annotations.Nullable;

/**
 * How a vGPU is doing. What it does not have while it is stopped is null.
 *
 * @param phase where it is in its life
 * @param reason a sentence: why it is failed, in quarantine or lost, or why its last start failed; empty if all is well
 * @param operation what is being done to it right now, such as {@code start}; null if nothing
 * @param gpu the GPU that it is on
 * @param vf index of its virtual function
 * @param pciAddress of its virtual function
 * @param gfid by which the firmware knows the function
 * @param socket for its VM
 * @param attached whether a VM is attached
 * @param placementId where it is on the GPU
 * @param fbOffsetBytes where its memory is in frame buffer
 * @param fbSizeBytes how much it has, as the guest's driver sees it; 0 while it has none
 * @param firstChannel its first hardware channel id
 * @param channelCount how many channel ids it has
 */
public record VgpuStatus(
        VgpuPhase phase,
        String reason,
        @Nullable String operation,
        @Nullable String gpu,
        @Nullable Integer vf,
        @Nullable String pciAddress,
        @Nullable Integer gfid,
        @Nullable String socket,
        boolean attached,
        @Nullable Integer placementId,
        @Nullable Long fbOffsetBytes,
        long fbSizeBytes,
        @Nullable Integer firstChannel,
        int channelCount) {}
