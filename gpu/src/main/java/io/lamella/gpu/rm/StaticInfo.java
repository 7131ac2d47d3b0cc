// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.rm;

import io.lamella.hw.struct.Struct;
import io.lamella.hw.struct.StructField;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;

/** Builds the answer to GET_GSP_STATIC_INFO. */
final class StaticInfo {
    /** Handles of objects that the firmware made for its driver; they differ from every handle that drivers choose. */
    static final int INTERNAL_CLIENT = 0xc2000001;

    static final int INTERNAL_DEVICE = 0xde1d0001;
    static final int INTERNAL_SUBDEVICE = 0x5d1d0001;

    private StaticInfo() {}

    static MemorySegment build(RmSystem system) {
        Struct layout = system.abi().staticInfo();
        MemorySegment info = MemorySegment.ofArray(new byte[layout.sizeBytes()]);
        FbLayout fb = system.layout();
        layout.u32("fbRegionInfoParams.numFBRegions").set(info, 0, 2);
        region(layout, info, 0, 0, fb.usableEnd(), false);
        region(layout, info, 1, fb.usableEnd(), fb.sizeBytes(), true);
        layout.u64("fb_length").set(info, 0, fb.sizeBytes());
        BoardMemory memory = BoardMemory.of(system.architecture());
        layout.u32("fb_bus_width").set(info, 0, memory.busBits());
        layout.u32("fb_ram_type").set(info, 0, memory.type());
        // Where a driver did not lay out the firmware's memory itself it learns it from here.
        if (layout.find("fwWprLayoutOffset").isPresent()) {
            layout.u64("fwWprLayoutOffset.nonWprHeapOffset").set(info, 0, fb.firmwareStart());
            layout.u64("fwWprLayoutOffset.frtsOffset").set(info, 0, fb.frtsOffset());
        }
        layout.u64("bar1PdeBase").set(info, 0, fb.bar1Root());
        layout.u64("bar2PdeBase").set(info, 0, fb.bar2Root());
        layout.u32("hInternalClient").set(info, 0, INTERNAL_CLIENT);
        layout.u32("hInternalDevice").set(info, 0, INTERNAL_DEVICE);
        layout.u32("hInternalSubdevice").set(info, 0, INTERNAL_SUBDEVICE);
        layout.u8("bVbiosValid").set(info, 0, true);
        layout.u8("bIsTesla").set(info, 0, true);
        text(
                layout,
                info,
                "gpuNameString",
                StandardCharsets.ISO_8859_1,
                system.identity().name());
        text(
                layout,
                info,
                "gpuShortNameString",
                StandardCharsets.ISO_8859_1,
                system.identity().shortName());
        text(
                layout,
                info,
                "gpuNameString_Unicode",
                StandardCharsets.UTF_16LE,
                system.identity().name());
        RmIdentity.Sriov sriov = system.identity().sriov();
        if (sriov != null) {
            sriov(layout, info, system.systemInfo().virtualFunctions(), sriov);
        }
        return info;
    }

    private static void region(Struct layout, MemorySegment info, int index, long from, long to, boolean reserved) {
        String name = "fbRegionInfoParams.fbRegion[" + index + "].";
        layout.u64(name + "base").set(info, 0, from);
        layout.u64(name + "limit").set(info, 0, to - 1);
        layout.u64(name + "reserved").set(info, 0, reserved ? to - from : 0);
        layout.u32(name + "performance").set(info, 0, reserved ? 0 : 100);
        layout.u8(name + "supportCompressed").set(info, 0, !reserved);
        layout.u8(name + "supportISO").set(info, 0, !reserved);
        layout.u8(name + "bProtected").set(info, 0, false);
    }

    private static void sriov(
            Struct layout, MemorySegment info, SystemInfo.VirtualFunctions told, RmIdentity.Sriov sriov) {
        layout.u32("sriovCaps.totalVFs").set(info, 0, sriov.total());
        layout.u32("sriovCaps.firstVfOffset").set(info, 0, told.firstOffset());
        layout.u64("sriovCaps.FirstVFBar0Address").set(info, 0, told.bar0Address());
        layout.u64("sriovCaps.FirstVFBar1Address").set(info, 0, told.bar1Address());
        layout.u64("sriovCaps.FirstVFBar2Address").set(info, 0, told.bar2Address());
        layout.u64("sriovCaps.bar0Size").set(info, 0, sriov.bar0Bytes());
        layout.u64("sriovCaps.bar1Size").set(info, 0, sriov.bar1Bytes());
        layout.u64("sriovCaps.bar2Size").set(info, 0, sriov.bar2Bytes());
        layout.u8("sriovCaps.b64bitBar1").set(info, 0, true);
        layout.u8("sriovCaps.b64bitBar2").set(info, 0, true);
        layout.u8("sriovCaps.bSriovEnabled").set(info, 0, true);
        layout.u32("sriovMaxGfid").set(info, 0, sriov.total() + 1);
    }

    /** Text that always ends in zero, as nova-core wants it. */
    private static void text(Struct layout, MemorySegment info, String field, Charset charset, String text) {
        int unit = charset.equals(StandardCharsets.UTF_16LE) ? 2 : 1;
        StructField place = layout.find(field).orElseThrow();
        byte[] bytes = text.getBytes(charset);
        int length = Math.min(bytes.length, place.sizeBytes() - unit);
        MemorySegment.copy(bytes, 0, info, ValueLayout.JAVA_BYTE, place.offset(), length);
    }
}
