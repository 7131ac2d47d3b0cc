// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.boot;

import io.lamella.hw.struct.Struct;
import java.lang.foreign.MemorySegment;
import java.util.OptionalLong;

/**
 * How much the firmware gets of frame buffer, for chips that find the places themselves.
 *
 * @param fbBytes all of it
 * @param workspaceBytes the VGA workspace
 * @param frtsBytes the VBIOS's protected data
 * @param heapBytes the resource manager's heap
 * @param nonWprHeapBytes a heap outside of protected memory
 * @param pmuBytes what the power management unit gets
 * @param partitions for how many virtual functions the heap has room
 */
record FbSizes(
        long fbBytes,
        long workspaceBytes,
        long frtsBytes,
        long heapBytes,
        long nonWprHeapBytes,
        long pmuBytes,
        int partitions)
        implements FirmwareMemory {
    private static final long UNIT = 2 << 20;

    /** How far below the end of frame buffer the FRTS data is to end. */
    long frtsDistance() {
        return (nonWprHeapBytes + pmuBytes + UNIT - 1) / UNIT * UNIT;
    }

    @Override
    public OptionalLong reservedFrom() {
        return OptionalLong.empty();
    }

    @Override
    public void describe(Struct meta, MemorySegment target) {
        meta.u64("nonWprHeapSize").set(target, 0, nonWprHeapBytes);
        meta.u64("gspFwHeapSize").set(target, 0, heapBytes);
        meta.u64("frtsSize").set(target, 0, frtsBytes);
        meta.u64("vgaWorkspaceSize").set(target, 0, workspaceBytes);
        meta.u8("gspFwHeapVfPartitionCount").set(target, 0, partitions);
        meta.u32("pmuReservedSize").set(target, 0, (int) pmuBytes);
    }
}
