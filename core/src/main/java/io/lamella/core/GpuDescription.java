// SPDX-License-Identifier: Apache-2.0
package io.lamella.core;

import java.util.List;

/**
 * What a GPU is. Does not change while the core is open.
 *
 * @param chip such as {@code AD102}
 * @param name as the firmware gives it, such as {@code NVIDIA L40}
 * @param address where it sits
 * @param vendorId PCI vendor
 * @param deviceId PCI device
 * @param subsystemVendorId PCI subsystem vendor
 * @param subsystemId PCI subsystem
 * @param revision PCI revision
 * @param firmwareRelease such as {@code 570.144}
 * @param fbSizeBytes the whole frame buffer
 * @param usableFbOffset where the part that clients may have begins
 * @param usableFbBytes how long that part is
 * @param vmmuSegmentBytes the unit in which frame buffer can be given to virtual functions
 * @param bar1Bytes size of the frame-buffer aperture
 * @param channelIds hardware channel ids in all
 * @param hostChannelIds how many of them, from 0 upwards, are the core's
 * @param virtualFunctions those that can be enabled, in order
 * @param engines those that take work
 */
public record GpuDescription(
        String chip,
        String name,
        PciAddress address,
        int vendorId,
        int deviceId,
        int subsystemVendorId,
        int subsystemId,
        int revision,
        String firmwareRelease,
        long fbSizeBytes,
        long usableFbOffset,
        long usableFbBytes,
        long vmmuSegmentBytes,
        long bar1Bytes,
        int channelIds,
        int hostChannelIds,
        List<VirtualFunction> virtualFunctions,
        List<EngineInfo> engines) {
    public GpuDescription {
        virtualFunctions = List.copyOf(virtualFunctions);
        engines = List.copyOf(engines);
    }

    /** TotalVFs. */
    public int totalVirtualFunctions() {
        return virtualFunctions.size();
    }
}
