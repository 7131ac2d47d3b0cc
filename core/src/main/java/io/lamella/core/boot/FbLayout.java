// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.boot;

import io.lamella.core.CoreError;
import io.lamella.core.CoreException;
import io.lamella.hw.struct.Struct;
import java.lang.foreign.MemorySegment;
import java.util.OptionalLong;

/**
 * Where things of the firmware go in frame buffer, from the top downwards, for chips whose driver decides it.
 *
 * @param fbBytes all of it
 * @param workspace the VGA workspace; ends where frame buffer ends
 * @param frts the VBIOS's protected data
 * @param bootloader the bootloader
 * @param image the resource manager
 * @param heap its heap
 * @param wprStart where protected memory begins
 * @param nonWprHeap a heap outside of it; the lowest address that is not for clients
 * @param partitions for how many virtual functions the heap has room
 */
record FbLayout(
        long fbBytes,
        Range workspace,
        Range frts,
        Range bootloader,
        Range image,
        Range heap,
        long wprStart,
        Range nonWprHeap,
        int partitions)
        implements FirmwareMemory {
    /**
     * A range.
     *
     * @param start first byte
     * @param bytes length
     */
    record Range(long start, long bytes) {}

    private static final long MIB = 1 << 20;
    private static final long PROTECTION_UNIT = 0x2_0000;
    private static final long META_BYTES = 256;

    /**
     * @param workspaceStart of the VGA workspace
     * @param heapBytes the least that the heap has
     * @param nonWprHeapBytes the heap outside of protected memory
     * @param partitions virtual functions to make room for, or 0
     */
    static FbLayout of(
            long fbBytes,
            long workspaceStart,
            long frtsBytes,
            long bootloaderBytes,
            long imageBytes,
            long heapBytes,
            long nonWprHeapBytes,
            int partitions) {
        long frts = down(workspaceStart, PROTECTION_UNIT) - frtsBytes;
        long bootloader = down(frts - bootloaderBytes, 0x1000);
        long image = down(bootloader - imageBytes, 0x1_0000);
        long heap = down(image - heapBytes, MIB);
        long wpr = down(heap - META_BYTES, MIB);
        long nonWprHeap = wpr - nonWprHeapBytes;
        if (nonWprHeap <= 0) {
            throw new CoreException(
                    CoreError.NO_SPACE,
                    "The firmware needs " + (fbBytes - nonWprHeap) / MIB + " MiB of frame buffer; the GPU has "
                            + fbBytes / MIB + " MiB.");
        }
        return new FbLayout(
                fbBytes,
                new Range(workspaceStart, fbBytes - workspaceStart),
                new Range(frts, frtsBytes),
                new Range(bootloader, bootloaderBytes),
                new Range(image, imageBytes),
                new Range(heap, down(image - heap, MIB)),
                wpr,
                new Range(nonWprHeap, nonWprHeapBytes),
                partitions);
    }

    /** Where protected memory ends. */
    long wprEnd() {
        return frts.start() + frts.bytes();
    }

    @Override
    public OptionalLong reservedFrom() {
        return OptionalLong.of(nonWprHeap.start());
    }

    @Override
    public void describe(Struct meta, MemorySegment target) {
        meta.u64("gspFwRsvdStart").set(target, 0, nonWprHeap.start());
        meta.u64("nonWprHeapOffset").set(target, 0, nonWprHeap.start());
        meta.u64("nonWprHeapSize").set(target, 0, nonWprHeap.bytes());
        meta.u64("gspFwWprStart").set(target, 0, wprStart);
        meta.u64("gspFwHeapOffset").set(target, 0, heap.start());
        meta.u64("gspFwHeapSize").set(target, 0, heap.bytes());
        meta.u64("gspFwOffset").set(target, 0, image.start());
        meta.u64("bootBinOffset").set(target, 0, bootloader.start());
        meta.u64("frtsOffset").set(target, 0, frts.start());
        meta.u64("frtsSize").set(target, 0, frts.bytes());
        meta.u64("gspFwWprEnd").set(target, 0, wprEnd());
        meta.u64("fbSize").set(target, 0, fbBytes);
        meta.u64("vgaWorkspaceOffset").set(target, 0, workspace.start());
        meta.u64("vgaWorkspaceSize").set(target, 0, workspace.bytes());
        meta.u8("gspFwHeapVfPartitionCount").set(target, 0, partitions);
    }

    private static long down(long value, long unit) {
        return Math.floorDiv(value, unit) * unit;
    }
}
