// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.gsp;

import io.lamella.core.CoreError;
import io.lamella.core.CoreException;

/**
 * Where things of the firmware go in frame buffer, from the top downwards.
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
        int partitions) {
    /**
     * A range.
     *
     * @param start first byte
     * @param bytes length
     */
    record Range(long start, long bytes) {}

    private static final long MIB = 1 << 20;
    private static final long GIB = 1 << 30;
    private static final long PROTECTION_UNIT = 0x2_0000;
    private static final long META_BYTES = 256;
    private static final long BASE_HEAP = 8 * MIB;
    private static final long HEAP_PER_GIB = 96 << 10;
    private static final long HEAP_FOR_CHANNELS = (48L << 10) * 2048;

    /**
     * @param workspaceStart of the VGA workspace
     * @param heapBytes the least that the heap has
     * @param partitions virtual functions to make room for, or 0
     */
    static FbLayout of(
            long fbBytes,
            long workspaceStart,
            long frtsBytes,
            long bootloaderBytes,
            long imageBytes,
            long heapBytes,
            int partitions) {
        long frts = down(workspaceStart, PROTECTION_UNIT) - frtsBytes;
        long bootloader = down(frts - bootloaderBytes, 0x1000);
        long image = down(bootloader - imageBytes, 0x1_0000);
        long heap = down(image - heapBytes, MIB);
        long wpr = down(heap - META_BYTES, MIB);
        long nonWprHeap = wpr - MIB;
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
                new Range(nonWprHeap, MIB),
                partitions);
    }

    /** Where protected memory ends. */
    long wprEnd() {
        return frts.start() + frts.bytes();
    }

    /** The heap that the resource manager needs without virtual functions. */
    static long heapBytes(long fbBytes, long osHeapBytes) {
        long gibs = (fbBytes + GIB - 1) / GIB;
        return osHeapBytes + BASE_HEAP + up(HEAP_PER_GIB * gibs, MIB) + HEAP_FOR_CHANNELS;
    }

    private static long down(long value, long unit) {
        return Math.floorDiv(value, unit) * unit;
    }

    private static long up(long value, long unit) {
        return down(value + unit - 1, unit);
    }
}
