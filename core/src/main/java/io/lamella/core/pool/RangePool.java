// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.pool;

import io.lamella.core.CoreError;
import io.lamella.core.CoreException;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Ranges of numbers to give out: frame buffer, BAR1 addresses, channel ids. Thread-safe.
 *
 * <p>What is given up in quarantine is simply never given back.
 */
public final class RangePool {
    /** Where to take. */
    public enum End {
        /** The lower end of the smallest hole that is large enough, and of equally good holes the lowest. */
        LOW,
        /** As high as possible. */
        HIGH
    }

    private final String what;
    private final String unit;
    private final long total;
    private final NavigableMap<Long, Long> holes = new TreeMap<>();
    private long free;

    /**
     * @param what begins the sentence of a refusal
     * @param unit such as {@code bytes}
     */
    public RangePool(String what, String unit, long start, long count) {
        this.what = what;
        this.unit = unit;
        this.total = count;
        this.free = count;
        if (count > 0) {
            holes.put(start, count);
        }
    }

    /**
     * Takes {@code count} numbers from a start that is a multiple of {@code alignment}.
     *
     * @throws CoreException {@code NO_SPACE}
     */
    public synchronized long take(long count, long alignment, End end) {
        long best = -1;
        long bestHole = -1;
        long bestSize = Long.MAX_VALUE;
        for (Map.Entry<Long, Long> hole : holes.entrySet()) {
            long start = hole.getKey();
            long size = hole.getValue();
            long at = end == End.LOW ? alignUp(start, alignment) : alignDown(start + size - count, alignment);
            boolean fits = size >= count && at >= start && at + count <= start + size;
            if (fits && (end == End.HIGH || size < bestSize)) {
                best = at;
                bestHole = start;
                bestSize = size;
            }
        }
        if (best < 0) {
            throw new CoreException(
                    CoreError.NO_SPACE,
                    what + ": " + count + " " + unit + " aligned to " + alignment + " do not fit; " + free + " of "
                            + total + " are free, the largest run has " + largestFree() + ".");
        }
        cut(bestHole, bestSize, best, count);
        return best;
    }

    /** Takes just these. @throws CoreException {@code NO_SPACE} if not all of them are free */
    public synchronized void takeAt(long start, long count) {
        Map.Entry<Long, Long> hole = holeOf(start, count);
        if (hole == null) {
            throw new CoreException(
                    CoreError.NO_SPACE,
                    what + ": " + count + " " + unit + " from " + start + " on are not all free; " + free + " of "
                            + total + " are free, the largest run has " + largestFree() + ".");
        }
        cut(hole.getKey(), hole.getValue(), start, count);
    }

    /** Whether all of these are free. */
    public synchronized boolean isFree(long start, long count) {
        return holeOf(start, count) != null;
    }

    private Map.@Nullable Entry<Long, Long> holeOf(long start, long count) {
        Map.Entry<Long, Long> hole = holes.floorEntry(start);
        boolean fits = hole != null && count > 0 && count <= hole.getValue() - (start - hole.getKey());
        return fits ? hole : null;
    }

    private void cut(long hole, long holeSize, long start, long count) {
        holes.remove(hole);
        if (start > hole) {
            holes.put(hole, start - hole);
        }
        if (start + count < hole + holeSize) {
            holes.put(start + count, hole + holeSize - start - count);
        }
        free -= count;
    }

    /** Gives back a range that {@link #take} gave. */
    public synchronized void give(long start, long count) {
        Map.Entry<Long, Long> below = holes.floorEntry(start);
        Map.Entry<Long, Long> above = holes.ceilingEntry(start);
        if ((below != null && below.getKey() + below.getValue() > start)
                || (above != null && above.getKey() < start + count)) {
            throw new IllegalStateException(what + ": " + count + " " + unit + " from " + start + " are free already.");
        }
        long from = start;
        long to = start + count;
        if (below != null && below.getKey() + below.getValue() == start) {
            from = below.getKey();
        }
        if (above != null && above.getKey() == to) {
            to += above.getValue();
            holes.remove(above.getKey());
        }
        holes.put(from, to - from);
        free += count;
    }

    public long total() {
        return total;
    }

    public synchronized long free() {
        return free;
    }

    public synchronized long largestFree() {
        return holes.values().stream().mapToLong(Long::longValue).max().orElse(0);
    }

    private static long alignUp(long value, long alignment) {
        return (value + alignment - 1) / alignment * alignment;
    }

    private static long alignDown(long value, long alignment) {
        return value < 0 ? -1 : value / alignment * alignment;
    }
}
