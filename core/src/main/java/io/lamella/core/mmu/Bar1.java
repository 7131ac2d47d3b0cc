// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.mmu;

import io.lamella.core.pool.RangePool;

/** The address space of BAR1. The firmware owns the root page; the driver hangs its tables into it. */
public final class Bar1 {
    /** The least that can be mapped. */
    public static final int PAGE_BYTES = 4096;

    private static final int LARGE_PAGE_BYTES = 2 << 20;

    private final PageTree tree;
    private final RangePool addresses;

    /**
     * @param root the firmware's root page
     * @param sizeBytes of the BAR
     */
    public Bar1(Mmu mmu, long root, long sizeBytes) {
        this.tree = PageTree.below(mmu, root);
        this.addresses = new RangePool("BAR1", "bytes", 0, sizeBytes);
    }

    /**
     * Maps frame buffer.
     *
     * @param fbAddress a multiple of 4 KiB
     * @param sizeBytes a multiple of 4 KiB
     * @return where in BAR1
     */
    public long map(long fbAddress, long sizeBytes) {
        boolean large = fbAddress % LARGE_PAGE_BYTES == 0 && sizeBytes >= LARGE_PAGE_BYTES;
        long address = addresses.take(sizeBytes, large ? LARGE_PAGE_BYTES : PAGE_BYTES, RangePool.End.LOW);
        try {
            synchronized (tree) {
                tree.map(address, PageFormat.Memory.FRAME_BUFFER, fbAddress, sizeBytes, false);
            }
        } catch (RuntimeException failure) {
            addresses.give(address, sizeBytes);
            throw failure;
        }
        return address;
    }

    /** Takes away what {@link #map} gave. */
    public void unmap(long address, long fbAddress, long sizeBytes) {
        synchronized (tree) {
            tree.unmap(address, fbAddress, sizeBytes);
        }
        addresses.give(address, sizeBytes);
    }
}
