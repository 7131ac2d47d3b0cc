// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.gsp;

import io.lamella.core.PciAddress;
import io.lamella.hw.struct.Struct;
import java.lang.foreign.MemorySegment;

/**
 * What the firmware is told of the host.
 *
 * @param address where the function sits
 * @param barAddresses of registers, BAR1 and BAR2
 * @param deviceAndVendor as configuration space has them at 0
 * @param subsystem as configuration space has it at 0x2c
 * @param revision PCI revision
 * @param configMirror where configuration space shows among the registers
 * @param configMirrorBytes its size
 * @param virtualFunctions what there is of SR-IOV
 */
record SystemInfo(
        PciAddress address,
        BarAddresses barAddresses,
        int deviceAndVendor,
        int subsystem,
        int revision,
        int configMirror,
        int configMirrorBytes,
        VirtualFunctions virtualFunctions) {
    /** Where the BARs are on the bus. */
    record BarAddresses(long registers, long bar1, long bar2) {}

    /** The SR-IOV capability: 0 in all where there is none. */
    record VirtualFunctions(
            int total, int firstOffset, BarAddresses firstBars, boolean isBar1Wide, boolean isBar2Wide) {}

    private static final long HIGHEST_USER_ADDRESS = 0x7fff_ffff_f000L;
    private static final int HOST_PAGE_BYTES = 4096;

    /** Fields that only one release has are written where they are. */
    void write(Struct info, MemorySegment target) {
        set(info, target, "gpuPhysAddr", barAddresses.registers);
        set(info, target, "gpuPhysFbAddr", barAddresses.bar1);
        set(info, target, "gpuPhysInstAddr", barAddresses.bar2);
        set(info, target, "nvDomainBusDeviceFunc", address.packed());
        set(info, target, "maxUserVa", HIGHEST_USER_ADDRESS);
        set(info, target, "pciConfigMirrorBase", configMirror);
        set(info, target, "pciConfigMirrorSize", configMirrorBytes);
        set(info, target, "PCIDeviceID", deviceAndVendor);
        set(info, target, "PCISubDeviceID", subsystem);
        set(info, target, "PCIRevisionID", revision);
        set(info, target, "hostPageSize", HOST_PAGE_BYTES);
        if (virtualFunctions.total > 0) {
            set(info, target, "gspVFInfo.totalVFs", virtualFunctions.total);
            set(info, target, "gspVFInfo.firstVFOffset", virtualFunctions.firstOffset);
            set(info, target, "gspVFInfo.FirstVFBar0Address", virtualFunctions.firstBars.registers);
            set(info, target, "gspVFInfo.FirstVFBar1Address", virtualFunctions.firstBars.bar1);
            set(info, target, "gspVFInfo.FirstVFBar2Address", virtualFunctions.firstBars.bar2);
            set(info, target, "gspVFInfo.b64bitBar1", virtualFunctions.isBar1Wide ? 1 : 0);
            set(info, target, "gspVFInfo.b64bitBar2", virtualFunctions.isBar2Wide ? 1 : 0);
        }
    }

    private static void set(Struct info, MemorySegment target, String field, long value) {
        info.find(field).ifPresent(found -> info.scalar(field).setValue(target, 0, value));
    }
}
