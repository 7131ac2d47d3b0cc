// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.fb;

/**
 * A run of physical video memory.
 *
 * @param base its first byte, counted from the start of the board's memory
 * @param lengthBytes how long it is, more than 0
 */
public record FbRange(long base, long lengthBytes) {
    public FbRange {
        if (base < 0 || lengthBytes <= 0 || base > Long.MAX_VALUE - lengthBytes) {
            throw new IllegalArgumentException("No range of video memory begins at 0x" + Long.toHexString(base)
                    + " and is " + lengthBytes + " bytes long.");
        }
    }

    /** The first byte behind it. */
    public long end() {
        return base + lengthBytes;
    }

    /** Whether the two share a byte. */
    public boolean overlaps(FbRange other) {
        return base < other.end() && other.base < end();
    }

    /** Whether all of {@code other} lies inside. */
    public boolean contains(FbRange other) {
        return other.base >= base && other.end() <= end();
    }

    /** The smallest range around this one that begins and ends at multiples of {@code unitBytes}. */
    public FbRange widenedTo(long unitBytes) {
        long from = base - base % unitBytes;
        long to = Math.ceilDiv(end(), unitBytes) * unitBytes;
        return new FbRange(from, to - from);
    }

    @Override
    public String toString() {
        return "0x" + Long.toHexString(base) + "-0x" + Long.toHexString(end() - 1);
    }
}
