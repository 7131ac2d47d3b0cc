// SPDX-License-Identifier: Apache-2.0
package io.lamella.hw.mmu;

import org.jspecify.annotations.Nullable;

/**
 * Page table entries of version 3, as raw 64-bit words.
 *
 * <p>A walk goes PD4, PD3, PD2, PD1, PD0, and ends as one of version 2 does. Addresses stand in an entry at their own bits. What version 2 says with a
 * bit each (privileged, read-only, not cached and so on) is one number here, the PCF, whose meaning depends on whether the entry is valid. An entry
 * of PD1 may be a page of 512 MiB.
 */
public final class GmmuV3 {
    /** What is below, for those who know the format only at run time. */
    public static final GmmuFormat FORMAT = new GmmuFormatV3();

    /** Bits of a virtual address. */
    public static final int VIRTUAL_ADDRESS_BITS = 57;

    /** Bytes of any directory's or table's alignment, except that of 64 KiB pages. */
    public static final int TABLE_ALIGNMENT_BYTES = 4096;

    /** Alignment of a table of 64 KiB pages. */
    public static final int BIG_TABLE_ALIGNMENT_BYTES = 256;

    /** An entry that maps nothing. */
    public static final long INVALID = 0;

    /** PCF of a directory or table entry that is not valid: reads give zeroes, writes are dropped, no fault. */
    private static final int PCF_SPARSE = 1;

    /** PCF of an entry of a 64 KiB page that is not valid: nothing is mapped, and the small table is not to be asked. */
    private static final int PCF_NO_SMALL_PAGE = 3;

    /** Bit of a directory entry's PCF: caches must not keep the table; on an entry without a table it makes it sparse. */
    private static final int PDE_PCF_UNCACHED = 1;

    /** Bit of a directory entry's PCF: no translation by the host (ATS). */
    private static final int PDE_PCF_NO_ATS = 2;

    /** Bits of a valid table entry's PCF. */
    private static final int PCF_UNCACHED = 1;

    private static final int PCF_PRIVILEGED = 1 << 1;
    private static final int PCF_READ_ONLY = 1 << 2;
    private static final int PCF_NO_ATOMICS = 1 << 3;
    private static final int PCF_NO_ACCESS_COUNTERS = 1 << 4;

    private static final long VALID = 1L;
    private static final int APERTURE_SHIFT = 1;
    private static final int PCF_SHIFT = 3;
    private static final int PDE_PCF_MASK = 7;
    private static final int PTE_PCF_MASK = 0x1f;
    private static final int KIND_SHIFT = 8;

    /** Directory or table entry: reads give zeroes, writes are dropped, no fault. */
    public static final long SPARSE = (long) PCF_SPARSE << PCF_SHIFT;

    /** Entry of a 64 KiB page: nothing is mapped, and the small table is not to be asked. */
    public static final long NO_SMALL_TABLE = (long) PCF_NO_SMALL_PAGE << PCF_SHIFT;

    private static final long ADDRESS = 0x000f_ffff_ffff_f000L;
    private static final long BIG_ADDRESS = 0x000f_ffff_ffff_ff00L;

    /** A page in video memory has fewer bits of address. */
    private static final long VIDEO_PAGE_ADDRESS = 0xff_ffff_f000L;

    private GmmuV3() {}

    /** Levels, from the root down. */
    public enum Level {
        PD4(56, 2, 8),
        PD3(47, 512, 8),
        PD2(38, 512, 8),
        /** Entries lead to PD0, or are pages of 512 MiB. */
        PD1(29, 512, 8),
        /** Entries of two words. */
        PD0(21, 256, 16),
        /** Table of 64 KiB pages. */
        BIG_TABLE(16, 32, 8),
        /** Table of 4 KiB pages. */
        SMALL_TABLE(12, 512, 8);

        private final int shift;
        private final int entryCount;
        private final int entryBytes;

        Level(int shift, int entryCount, int entryBytes) {
            this.shift = shift;
            this.entryCount = entryCount;
            this.entryBytes = entryBytes;
        }

        /** Lowest bit of a virtual address that selects an entry. */
        public int shift() {
            return shift;
        }

        public int entryCount() {
            return entryCount;
        }

        public int entryBytes() {
            return entryBytes;
        }

        /** Bytes of a whole directory or table. */
        public int sizeBytes() {
            return entryCount * entryBytes;
        }

        /** Bytes of virtual addresses that one entry covers. */
        public long entryCoverageBytes() {
            return 1L << shift;
        }

        /** Which entry a virtual address takes. */
        public int index(long virtualAddress) {
            return (int) (virtualAddress >>> shift) & (entryCount - 1);
        }

        /** Where that entry is, from the start of the directory or table. */
        public int entryOffset(long virtualAddress) {
            return index(virtualAddress) * entryBytes;
        }
    }

    // Directory entries: PD4 to PD1, and the high word of PD0's.

    /** Whether an entry of PD1 is a page of 512 MiB; then it is a table entry. */
    public static boolean pdeIsPage(long pde) {
        return (pde & VALID) != 0;
    }

    /** Memory that the next table is in; null if there is none. */
    public static @Nullable Aperture pdeAperture(long pde) {
        return Aperture.ofPde((int) (pde >>> APERTURE_SHIFT) & 3);
    }

    /** Whether there is no next table, and accesses are to be quiet. */
    public static boolean pdeIsSparse(long pde) {
        return ((pde >>> APERTURE_SHIFT) & 3) == 0 && (pdePcf(pde) & PDE_PCF_UNCACHED) != 0;
    }

    /** Where the next table is; a multiple of 4096. */
    public static long pdeAddress(long pde) {
        return pde & ADDRESS;
    }

    /**
     * An entry that leads to a table.
     *
     * @param address of the table, a multiple of 4096
     * @param isVolatile whether caches must not keep it; drivers set it for system memory
     * @throws IllegalArgumentException if the address does not fit
     */
    public static long pde(Aperture aperture, long address, boolean isVolatile) {
        return directory(aperture, isVolatile) | placed(aperture, address, ADDRESS);
    }

    // The low word of PD0's entries.

    /** Whether the low word is a page of 2 MiB; then it is a table entry. */
    public static boolean dualIsPage(long low) {
        return (low & VALID) != 0;
    }

    /** Memory that the table of 64 KiB pages is in; null if there is none. */
    public static @Nullable Aperture bigTableAperture(long low) {
        return pdeAperture(low);
    }

    /** Where the table of 64 KiB pages is; a multiple of 256. */
    public static long bigTableAddress(long low) {
        return low & BIG_ADDRESS;
    }

    /**
     * A low word that leads to a table of 64 KiB pages.
     *
     * @param address of the table, a multiple of 256
     * @throws IllegalArgumentException if the address does not fit
     */
    public static long bigTable(Aperture aperture, long address, boolean isVolatile) {
        return directory(aperture, isVolatile) | placed(aperture, address, BIG_ADDRESS);
    }

    // Table entries, and entries of PD1 and PD0's low words where they are pages.

    /** Whether it maps a page. */
    public static boolean pteIsValid(long pte) {
        return (pte & VALID) != 0;
    }

    /** Whether it maps nothing and accesses are to be quiet. */
    public static boolean pteIsSparse(long pte) {
        return (pte & VALID) == 0 && ptePcf(pte) == PCF_SPARSE;
    }

    /** Of an entry of a 64 KiB page: nothing is mapped, and the small table is not to be asked. */
    public static boolean pteForbidsSmallTable(long pte) {
        return (pte & VALID) == 0 && (ptePcf(pte) == PCF_NO_SMALL_PAGE || ptePcf(pte) == PCF_SPARSE);
    }

    /** Memory that the page is in. */
    public static Aperture pteAperture(long pte) {
        return Aperture.ofPte((int) (pte >>> APERTURE_SHIFT) & 3);
    }

    /** Where the page is. For pages larger than 4 KiB the low bits are the entry's own: mask them. */
    public static long pteAddress(long pte) {
        boolean video = ((pte >>> APERTURE_SHIFT) & 3) == 0;
        return pte & (video ? VIDEO_PAGE_ADDRESS : ADDRESS);
    }

    public static boolean pteIsVolatile(long pte) {
        return (ptePcf(pte) & PCF_UNCACHED) != 0;
    }

    public static boolean pteIsPrivileged(long pte) {
        return (ptePcf(pte) & PCF_PRIVILEGED) != 0;
    }

    public static boolean pteIsReadOnly(long pte) {
        return (ptePcf(pte) & PCF_READ_ONLY) != 0;
    }

    public static boolean pteForbidsAtomics(long pte) {
        return (ptePcf(pte) & PCF_NO_ATOMICS) != 0;
    }

    /** How the page's bytes are arranged. */
    public static int pteKind(long pte) {
        return (int) (pte >>> KIND_SHIFT) & 0xf;
    }

    /**
     * An entry that maps a page, for every client and without access counters.
     *
     * @param address of the page, a multiple of 4096
     * @param kind 0 to 15
     * @throws IllegalArgumentException if the address or the kind does not fit
     */
    public static long pte(Aperture aperture, long address, boolean isVolatile, boolean readOnly, int kind) {
        if (kind < 0 || kind > 15) {
            throw new IllegalArgumentException("Kind " + kind + " does not fit 4 bits.");
        }
        int pcf = PCF_NO_ACCESS_COUNTERS | (isVolatile ? PCF_UNCACHED : 0) | (readOnly ? PCF_READ_ONLY : 0);
        return VALID
                | ((long) aperture.pte() << APERTURE_SHIFT)
                | ((long) pcf << PCF_SHIFT)
                | ((long) kind << KIND_SHIFT)
                | placed(aperture, address, aperture == Aperture.VIDEO ? VIDEO_PAGE_ADDRESS : ADDRESS);
    }

    /** A valid entry for privileged clients only. */
    public static long privileged(long pte) {
        return pte | (long) PCF_PRIVILEGED << PCF_SHIFT;
    }

    /** A valid entry that refuses atomics. */
    public static long withoutAtomics(long pte) {
        return pte | (long) PCF_NO_ATOMICS << PCF_SHIFT;
    }

    /** Tables in video memory are for the GPU alone; those in system memory may be translated by the host. */
    private static long directory(Aperture aperture, boolean isVolatile) {
        int pcf = (isVolatile ? PDE_PCF_UNCACHED : 0) | (aperture == Aperture.VIDEO ? PDE_PCF_NO_ATS : 0);
        return (long) aperture.pde() << APERTURE_SHIFT | (long) pcf << PCF_SHIFT;
    }

    private static int pdePcf(long pde) {
        return (int) (pde >>> PCF_SHIFT) & PDE_PCF_MASK;
    }

    private static int ptePcf(long pte) {
        return (int) (pte >>> PCF_SHIFT) & PTE_PCF_MASK;
    }

    private static long placed(Aperture aperture, long address, long mask) {
        if ((address & ~mask) != 0) {
            throw new IllegalArgumentException("Address 0x%x is not aligned, or does not fit an entry for %s memory."
                    .formatted(address, aperture));
        }
        return address;
    }
}
