// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.mmu;

import io.lamella.hw.mmu.GmmuFormat;
import io.lamella.hw.mmu.GmmuV2;
import io.lamella.hw.mmu.GmmuV3;

/** How tables are written in each format, from the manuals once more and not from the code under test. */
enum TableFormat {
    V2,
    V3;

    /** Nothing is there, and that is no fault; in directories and tables of both. */
    static final long SPARSE = 1L << 3;

    private static final int LOWEST_UPPER_SHIFT = 29;

    /** What the code under test calls it. */
    GmmuFormat format() {
        return this == V2 ? GmmuV2.FORMAT : GmmuV3.FORMAT;
    }

    int addressBits() {
        return this == V2 ? 49 : 57;
    }

    /** Of a page of 64 KiB: the small table is not to be asked. */
    long noSmallTable() {
        return this == V2 ? 1L << 5 : 3L << 3;
    }

    private int shift(int level) {
        return LOWEST_UPPER_SHIFT + 9 * (levels() - 1 - level);
    }

    /** How many directories are above the last one. */
    int levels() {
        return this == V2 ? 3 : 4;
    }

    /** What the entry of an address has for an offset in a directory. */
    long offset(int level, long address) {
        int entries = level > 0 ? 512 : this == V2 ? 4 : 2;
        return 8 * (address >>> shift(level) & entries - 1);
    }

    /** Whether an entry of that directory may be a page. */
    boolean hasPages(int level) {
        return this == V3 && level == levels() - 1;
    }

    /** A directory entry; apertures are 1 for video memory, 2 and 3 for system memory. */
    long directory(long table, int aperture) {
        return switch (this) {
            case V2 -> table >>> 4 | (long) aperture << 1;
            case V3 -> table | (long) aperture << 1 | (aperture == 1 ? 2L : 1L) << 3;
        };
    }

    /** The low word of a last directory's entry; the table is at a multiple of 256. */
    long bigTable(long table, int aperture) {
        return switch (this) {
            case V2 -> table >>> 4 | (long) aperture << 1;
            case V3 -> table | (long) aperture << 1;
        };
    }

    /** A page's entry without its valid bit. Rights are 1 for privileged, 2 for read-only, 4 for no atomics; apertures are 0 for video memory, 1 for a peer's, 2 and 3 for system memory. */
    long page(long address, int aperture, int rights) {
        return switch (this) {
            case V2 -> address >>> 4 | (long) aperture << 1 | (long) rights << 5;
            case V3 -> address | (long) aperture << 1 | (0x10L | (long) rights << 1) << 3;
        };
    }

    /** What takes an entry to the page that is so many bytes on. */
    long step(long bytes) {
        return this == V2 ? bytes >>> 4 : bytes;
    }
}
