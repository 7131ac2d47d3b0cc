// SPDX-License-Identifier: Apache-2.0
package io.lamella.hw.mmu;

import org.jspecify.annotations.Nullable;

/**
 * Page table entries of version 2, as raw 64-bit words.
 *
 * <p>A walk goes PD3, PD2, PD1, PD0. An entry of PD0 is two words: the low one leads to the table of 64 KiB pages, or is itself a page of
 * 2 MiB; the high one leads to the table of 4 KiB pages. A valid 64 KiB entry wins; one that is empty leaves the question to the 4 KiB
 * table; one that says "no small table" ends the walk.
 */
public final class GmmuV2 {
    /** What is below, for those who know the format only at run time. */
    public static final GmmuFormat FORMAT = new GmmuFormatV2();

    /** Bits of a virtual address. */
    public static final int VIRTUAL_ADDRESS_BITS = 49;

    /** Bytes of any directory's or table's alignment, except that of 64 KiB pages. */
    public static final int TABLE_ALIGNMENT_BYTES = 4096;

    /** Alignment of a table of 64 KiB pages. */
    public static final int BIG_TABLE_ALIGNMENT_BYTES = 256;

    /** An entry that maps nothing. */
    public static final long INVALID = 0;

    /** Directory or table entry: reads give zeroes, writes are dropped, no fault. */
    public static final long SPARSE = 1L << 3;

    /** Entry of a 64 KiB page: nothing is mapped, and the small table is not to be asked. */
    public static final long NO_SMALL_TABLE = 1L << 5;

    /** Kind of plain, linear memory. */
    public static final int KIND_PITCH = 0;

    /** Kind of generic tiled memory. */
    public static final int KIND_GENERIC = 6;

    private static final long VALID = 1L;
    private static final long VOLATILE = 1L << 3;
    private static final long PRIVILEGED = 1L << 5;
    private static final long READ_ONLY = 1L << 6;
    private static final long ATOMIC_DISABLE = 1L << 7;
    private static final int APERTURE_SHIFT = 1;
    private static final int KIND_SHIFT = 56;

    /** Bits 32:8 and 53:8 of an entry, which are bits 36:12 and 57:12 of an address. */
    private static final long VIDEO_ADDRESS = 0x1_ffff_ff00L;

    private static final long SYSTEM_ADDRESS = 0x003f_ffff_ffff_ff00L;

    /** The same for the low word of a dual entry, whose address has four more bits at its low end. */
    private static final long BIG_VIDEO_ADDRESS = VIDEO_ADDRESS | 0xf0;

    private static final long BIG_SYSTEM_ADDRESS = SYSTEM_ADDRESS | 0xf0;

    private GmmuV2() {}

    /** Levels, from the root down. */
    public enum Level {
        PD3(47, 4, 8),
        PD2(38, 512, 8),
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

    /** Whether an address can be translated at all. */
    public static boolean isVirtualAddress(long address) {
        return address >>> VIRTUAL_ADDRESS_BITS == 0;
    }

    // Directory entries: PD3 to PD1, and the high word of PD0's.

    /** Memory that the next table is in; null if there is none. */
    public static @Nullable Aperture pdeAperture(long pde) {
        return Aperture.ofPde((int) (pde >>> APERTURE_SHIFT) & 3);
    }

    /** Whether there is no next table, and accesses are to be quiet. */
    public static boolean pdeIsSparse(long pde) {
        return ((pde >>> APERTURE_SHIFT) & 3) == 0 && (pde & VOLATILE) != 0;
    }

    /** Where the next table is; a multiple of 4096. */
    public static long pdeAddress(long pde) {
        boolean video = ((pde >>> APERTURE_SHIFT) & 3) == 1;
        return (pde & (video ? VIDEO_ADDRESS : SYSTEM_ADDRESS)) << 4;
    }

    /**
     * An entry that leads to a table.
     *
     * @param address of the table, a multiple of 4096
     * @param isVolatile whether caches must not keep it; drivers set it for system memory
     * @throws IllegalArgumentException if the address does not fit
     */
    public static long pde(Aperture aperture, long address, boolean isVolatile) {
        return ((long) aperture.pde() << APERTURE_SHIFT)
                | (isVolatile ? VOLATILE : 0)
                | placed(aperture, address, VIDEO_ADDRESS, SYSTEM_ADDRESS);
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
        boolean video = ((low >>> APERTURE_SHIFT) & 3) == 1;
        return (low & (video ? BIG_VIDEO_ADDRESS : BIG_SYSTEM_ADDRESS)) << 4;
    }

    /**
     * A low word that leads to a table of 64 KiB pages.
     *
     * @param address of the table, a multiple of 256
     * @throws IllegalArgumentException if the address does not fit
     */
    public static long bigTable(Aperture aperture, long address, boolean isVolatile) {
        return ((long) aperture.pde() << APERTURE_SHIFT)
                | (isVolatile ? VOLATILE : 0)
                | placed(aperture, address, BIG_VIDEO_ADDRESS, BIG_SYSTEM_ADDRESS);
    }

    // Table entries, and PD0's low word where it is a page.

    /** Whether it maps a page. */
    public static boolean pteIsValid(long pte) {
        return (pte & VALID) != 0;
    }

    /** Whether it maps nothing and accesses are to be quiet. */
    public static boolean pteIsSparse(long pte) {
        return (pte & (VALID | VOLATILE)) == VOLATILE;
    }

    /** Of an entry of a 64 KiB page: nothing is mapped, and the small table is not to be asked. */
    public static boolean pteForbidsSmallTable(long pte) {
        return (pte & (VALID | NO_SMALL_TABLE)) == NO_SMALL_TABLE || pteIsSparse(pte);
    }

    /** Memory that the page is in. */
    public static Aperture pteAperture(long pte) {
        return Aperture.ofPte((int) (pte >>> APERTURE_SHIFT) & 3);
    }

    /** Where the page is. For pages larger than 4 KiB the low bits are the entry's own: mask them. */
    public static long pteAddress(long pte) {
        boolean system = ((pte >>> APERTURE_SHIFT) & 2) != 0;
        return (pte & (system ? SYSTEM_ADDRESS : VIDEO_ADDRESS)) << 4;
    }

    public static boolean pteIsVolatile(long pte) {
        return (pte & VOLATILE) != 0;
    }

    public static boolean pteIsPrivileged(long pte) {
        return (pte & PRIVILEGED) != 0;
    }

    public static boolean pteIsReadOnly(long pte) {
        return (pte & READ_ONLY) != 0;
    }

    public static boolean pteForbidsAtomics(long pte) {
        return (pte & ATOMIC_DISABLE) != 0;
    }

    /** How the page's bytes are arranged. */
    public static int pteKind(long pte) {
        return (int) (pte >>> KIND_SHIFT);
    }

    /**
     * An entry that maps a page.
     *
     * @param address of the page, a multiple of 4096
     * @param kind 0 to 255
     * @throws IllegalArgumentException if the address or the kind does not fit
     */
    public static long pte(Aperture aperture, long address, boolean isVolatile, boolean readOnly, int kind) {
        if (kind < 0 || kind > 255) {
            throw new IllegalArgumentException("Kind " + kind + " does not fit 8 bits.");
        }
        return VALID
                | ((long) aperture.pte() << APERTURE_SHIFT)
                | (isVolatile ? VOLATILE : 0)
                | (readOnly ? READ_ONLY : 0)
                | placed(aperture, address, VIDEO_ADDRESS, SYSTEM_ADDRESS)
                | ((long) kind << KIND_SHIFT);
    }

    /** A valid entry for privileged clients only. */
    public static long privileged(long pte) {
        return pte | PRIVILEGED;
    }

    /** A valid entry that refuses atomics. */
    public static long withoutAtomics(long pte) {
        return pte | ATOMIC_DISABLE;
    }

    private static long placed(Aperture aperture, long address, long videoMask, long systemMask) {
        long mask = aperture.isSystem() ? systemMask : videoMask;
        long word = address >>> 4;
        if ((address & 0xf) != 0 || (word & ~mask) != 0) {
            throw new IllegalArgumentException("Address 0x%x is not aligned, or does not fit an entry for %s memory."
                    .formatted(address, aperture));
        }
        return word;
    }
}
