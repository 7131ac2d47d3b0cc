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
 */
public record PluginConfiguration(
        UUID uuid, int functionAddress, int typeId, long hostProcessId, int channels, int pluginChannels) {}
