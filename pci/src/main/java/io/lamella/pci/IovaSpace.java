// SPDX-License-Identifier: Apache-2.0
package io.lamella.pci;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Hands out addresses below 2^47 for {@link DmaAllocator}s. The first 16 MiB stay free, a page stays free between two ranges that follow
 * each other, and freed addresses come round again only when the others are used up: so small, stale and overrun addresses fault.
 */
public final class IovaSpace {
    private static final long FIRST = 16L << 20;
    private static final long END = 1L << 47;
    private static final long GAP = 4096;

    // Free ranges: start and end.
    private final TreeMap<Long, Long> free = new TreeMap<>();
    private long next = FIRST;

    /**
     * A run of addresses that can be used.
     *
     * @param first its first address
     * @param last its last address, itself in the run
     */
    public record Range(long first, long last) {}

    public IovaSpace() {
        free.put(FIRST, END);
    }

    /**
     * Only addresses in these ranges, which do not overlap; what an IOMMU can translate, without the windows it keeps for interrupts. To be
     * called before the first allocation.
     */
    public synchronized void confine(List<Range> usable) {
        free.clear();
        for (Range range : usable) {
            long start = Long.compareUnsigned(range.first, FIRST) < 0 ? FIRST : range.first;
            long end = Long.compareUnsigned(range.last, END - 1) > 0 ? END : range.last + 1;
            if (Long.compareUnsigned(start, end) < 0) {
                free.put(start, end);
            }
        }
    }

    /**
     * Takes the next range that fits.
     *
     * @param sizeBytes positive
     * @param alignmentBytes a power of two
     * @throws IllegalStateException if there is none
     */
    public synchronized long allocate(long sizeBytes, long alignmentBytes) {
        if (sizeBytes <= 0 || Long.bitCount(alignmentBytes) != 1 || alignmentBytes < 0) {
            throw new IllegalArgumentException("Cannot allocate " + sizeBytes + " bytes aligned to " + alignmentBytes
                    + ": the size must be positive and the alignment a power of two.");
        }
        long at = find(next, sizeBytes, alignmentBytes);
        if (at < 0) {
            at = find(FIRST, sizeBytes, alignmentBytes);
        }
        if (at >= 0) {
            next = at + sizeBytes + GAP;
            return at;
        }
        throw new IllegalStateException(
                "No range of " + sizeBytes + " bytes aligned to " + alignmentBytes + " is free below 2^47.");
    }

    private long find(long from, long sizeBytes, long alignmentBytes) {
        Map.Entry<Long, Long> range = free.floorEntry(from);
        if (range == null) {
            range = free.higherEntry(from);
        }
        while (range != null) {
            long start = range.getKey();
            long end = range.getValue();
            long at = (Math.max(start, from) + alignmentBytes - 1) & -alignmentBytes;
            if (at >= start && at <= end && sizeBytes <= end - at) {
                take(start, end, at, sizeBytes);
                return at;
            }
            range = free.higherEntry(start);
        }
        return -1;
    }

    private void take(long start, long end, long at, long sizeBytes) {
        free.remove(start);
        if (at > start) {
            free.put(start, at);
        }
        if (at + sizeBytes < end) {
            free.put(at + sizeBytes, end);
        }
    }

    /** Gives back what {@link #allocate} returned. */
    public synchronized void free(long iova, long sizeBytes) {
        long start = iova;
        long end = iova + sizeBytes;
        Map.Entry<Long, Long> below = free.floorEntry(start);
        Map.Entry<Long, Long> above = free.ceilingEntry(start);
        if ((below != null && below.getValue() > start) || (above != null && above.getKey() < end)) {
            throw new IllegalStateException("The range at 0x" + Long.toHexString(iova) + " is free already.");
        }
        if (below != null && below.getValue() == start) {
            start = below.getKey();
        }
        if (above != null && above.getKey() == end) {
            end = above.getValue();
            free.remove(above.getKey());
        }
        free.put(start, end);
    }
}
