// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.rm;

import io.lamella.hw.gsp.GspAbi;
import io.lamella.hw.struct.Struct;
import java.lang.foreign.MemorySegment;

/**
 * What a driver says of its machine in SET_SYSTEM_INFO, as far as it is of use here.
 *
 * @param bar0Address where it sees BAR0
 * @param bar1Address where it sees the frame-buffer aperture
 * @param bar2Address where it sees the instance aperture
 * @param domainBusDeviceFunction where the function sits
 * @param virtualFunctions VFs of its SR-IOV capability, all 0 if the driver does not use it
 */
public record SystemInfo(
        long bar0Address,
        long bar1Address,
        long bar2Address,
        long domainBusDeviceFunction,
        VirtualFunctions virtualFunctions) {
    /**
     * GSP_VF_INFO.
     *
     * @param total how many
     * @param firstOffset routing id of the first, from the PF's
     * @param bar0Address of the first VF
     * @param bar1Address of the first VF
     * @param bar2Address of the first VF
     */
    public record VirtualFunctions(int total, int firstOffset, long bar0Address, long bar1Address, long bar2Address) {}

    /** Reads it. The payload is as long as the release has it. */
    public static SystemInfo read(GspAbi abi, MemorySegment payload) {
        Struct info = abi.systemInfo();
        return new SystemInfo(
                info.u64("gpuPhysAddr").get(payload, 0),
                info.u64("gpuPhysFbAddr").get(payload, 0),
                info.u64("gpuPhysInstAddr").get(payload, 0),
                info.u64("nvDomainBusDeviceFunc").get(payload, 0),
                new VirtualFunctions(
                        info.u32("gspVFInfo.totalVFs").get(payload, 0),
                        info.u32("gspVFInfo.firstVFOffset").get(payload, 0),
                        info.u64("gspVFInfo.FirstVFBar0Address").get(payload, 0),
                        info.u64("gspVFInfo.FirstVFBar1Address").get(payload, 0),
                        info.u64("gspVFInfo.FirstVFBar2Address").get(payload, 0)));
    }
}
