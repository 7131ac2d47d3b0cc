// SPDX-License-Identifier: Apache-2.0
package io.lamella.pci;

/**
 * The shape of one BAR.
 *
 * @param sizeBytes a power of two, or 0 for none
 * @param wide whether it takes 64 bits, and so the next BAR register too
 * @param prefetchable as in the BAR's bit 3
 */
public record BarLayout(long sizeBytes, boolean wide, boolean prefetchable) {
    /** No BAR. */
    public static final BarLayout ABSENT = new BarLayout(0, false, false);

    public BarLayout {
        if (sizeBytes < 0 || Long.bitCount(sizeBytes) > 1) {
            throw new IllegalArgumentException("A BAR of " + sizeBytes + " bytes: the size must be a power of two.");
        }
    }

    /** Whether there is such a BAR. */
    public boolean isPresent() {
        return sizeBytes != 0;
    }
}
