// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.mmu;

import io.lamella.gpu.fb.FbSegment;

/** Builds page tables in video memory as a driver would, written here from the format once more and not from the code under test. */
public final class PageTables {
    private final FbSegment fb;
    private long next;
    private final long root;

    /** Tables from {@code firstFree} on. */
    public PageTables(FbSegment fb, long firstFree) {
        this(fb, firstFree, firstFree + 0x1000);
        fb.clear(firstFree, 0x1000);
    }

    /** Tables below a root page that is there already. */
    public PageTables(FbSegment fb, long root, long firstFree) {
        this.fb = fb;
        this.root = root;
        this.next = firstFree;
    }

    public long root() {
        return root;
    }

    private long newTable() {
        long table = next;
        next += 0x1000;
        fb.clear(table, 0x1000);
        return table;
    }

    /** A directory entry for a table in video memory. */
    public static long directoryEntry(long table) {
        return table >>> 4 | 1 << 1;
    }

    /** A valid page entry for video memory. */
    public static long vramPage(long address) {
        return address >>> 4 | 1;
    }

    /** A valid page entry for coherent system memory. */
    public static long systemPage(long address) {
        return address >>> 4 | 2 << 1 | 1;
    }

    /** Address of the 16-byte entry that covers the 2 MiB around {@code va}; makes what is missing above. */
    public long dualEntry(long va) {
        long table = root;
        int[] shifts = {47, 38, 29};
        for (int shift : shifts) {
            long index = va >>> shift & (shift == 47 ? 3 : 0x1ff);
            long entry = fb.readLong(table + 8 * index);
            if (entry == 0) {
                entry = directoryEntry(newTable());
                fb.writeLong(table + 8 * index, entry);
            }
            table = entry >>> 8 << 12;
        }
        return table + 16 * (va >>> 21 & 0xff);
    }

    public void map2m(long va, long entry) {
        fb.writeLong(dualEntry(va), entry);
    }

    public void map64k(long va, long entry) {
        long dual = dualEntry(va);
        long low = fb.readLong(dual);
        if (low == 0) {
            // The big table's address starts at bit 4, in units of 256 bytes.
            low = newTable() >>> 8 << 4 | 1 << 1;
            fb.writeLong(dual, low);
        }
        fb.writeLong((low >>> 4 << 8) + 8 * (va >>> 16 & 0x1f), entry);
    }

    public void map4k(long va, long entry) {
        long dual = dualEntry(va);
        long high = fb.readLong(dual + 8);
        if (high == 0) {
            high = directoryEntry(newTable());
            fb.writeLong(dual + 8, high);
        }
        fb.writeLong((high >>> 8 << 12) + 8 * (va >>> 12 & 0x1ff), entry);
    }
}
