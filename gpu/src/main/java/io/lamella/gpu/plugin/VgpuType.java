// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.plugin;

/**
 * A vGPU type as the host has told the firmware.
 *
 * @param id the firmware's number for it
 * @param name such as {@code NVIDIA L40-8Q}
 * @param maxInstances how many there may be on one GPU
 * @param frameBufferBytes video memory that a guest sees
 * @param bar1Bytes size of the guest's frame-buffer aperture, 0 if the host leaves it open
 * @param deviceId PCI device id of the guest's function, 0 if the host leaves it open
 * @param subsystemId PCI subsystem id of it
 */
public record VgpuType(
        int id, String name, int maxInstances, long frameBufferBytes, long bar1Bytes, int deviceId, int subsystemId) {}
