// SPDX-License-Identifier: Apache-2.0
package io.lamella.vgpu.rpc;

import java.util.UUID;

/**
 * What a firmware task is told before it serves its vGPU.
 *
 * @param uuid of the vGPU
 * @param functionAddress domain, bus, device and function of its virtual function, packed
 * @param typeId the firmware's number for its type
 * @param hostProcessId the process that serves it
 * @param channels how many channel ids it has
 * @param pluginChannels how many of them are the task's own
 * @param placementId where the vGPU lies in mixed-size mode, or {@link #NO_PLACEMENT}
 * @param unifiedMemory whether the guest may use unified memory
 * @param console whether the host may show the guest's screen
 */
public record PluginConfiguration(
        UUID uuid,
        int functionAddress,
        int typeId,
        long hostProcessId,
        int channels,
        int pluginChannels,
        int placementId,
        boolean unifiedMemory,
        boolean console) {
    /** The firmware's word for no placement id: in equal-size mode it is told of none. */
    public static final int NO_PLACEMENT = 0xffff;
}
