// SPDX-License-Identifier: Apache-2.0
package io.lamella.hw.mmu;

import org.jspecify.annotations.Nullable;

/**
 * A format of page tables, {@link GmmuV2#FORMAT} or {@link GmmuV3#FORMAT}: what walkers and writers of tables ask of one, under one set of names. Every method works on raw
 * words, allocates nothing and may be used from any thread.
 *
 * <p>Both formats end alike: an entry of the last directory covers 2 MiB and is two words, of which the low one is a page of 2 MiB or leads to a table
 * of 32 pages of 64 KiB, and the high one to a table of 512 pages of 4 KiB. Above it the formats differ in how many directories there are.
 */
public sealed interface GmmuFormat permits GmmuFormatV2, GmmuFormatV3 {
    /** Lowest bit of a virtual address that selects an entry of the last directory. */
    int DUAL_SHIFT = 21;

    /** Bytes of such an entry, and how many a directory has. */
    int DUAL_BYTES = 16;

    int DUAL_ENTRIES = 256;

    /** Lowest bit that selects a page of 64 KiB. */
    int BIG_SHIFT = 16;

    int BIG_ENTRIES = 32;

    /** Lowest bit that selects a page of 4 KiB. */
    int SMALL_SHIFT = 12;

    int SMALL_ENTRIES = 512;

    /** Bytes of any entry but the last directory's. */
    int ENTRY_BYTES = 8;

    /** An entry that maps nothing. */
    long INVALID = 0;

    /** Kind of plain, linear memory. */
    int KIND_PITCH = 0;

    /** Where the entry of an address is in the last directory. */
    static int dualOffset(long virtualAddress) {
        return ((int) (virtualAddress >>> DUAL_SHIFT) & (DUAL_ENTRIES - 1)) * DUAL_BYTES;
    }

    /** Where it is in a table of 64 KiB pages. */
    static int bigOffset(long virtualAddress) {
        return ((int) (virtualAddress >>> BIG_SHIFT) & (BIG_ENTRIES - 1)) * ENTRY_BYTES;
    }

    /** Which entry it is in a table of 4 KiB pages. */
    static int smallIndex(long virtualAddress) {
        return (int) (virtualAddress >>> SMALL_SHIFT) & (SMALL_ENTRIES - 1);
    }

    /** Where it is in that table. */
    static int smallOffset(long virtualAddress) {
        return smallIndex(virtualAddress) * ENTRY_BYTES;
    }

    /** Bits of a virtual address. */
    int virtualAddressBits();

    /** Whether an address can be translated at all. */
    default boolean isVirtualAddress(long address) {
        return address >>> virtualAddressBits() == 0;
    }

    /** How many directories there are above the last one; the root is number 0. */
    int upperDirectories();

    /** Lowest bit of a virtual address that selects an entry of an upper directory. */
    int upperShift(int directory);

    /** How many entries an upper directory has. */
    int upperEntries(int directory);

    /** Where the entry of an address is in an upper directory. */
    default int upperOffset(int directory, long virtualAddress) {
        return ((int) (virtualAddress >>> upperShift(directory)) & (upperEntries(directory) - 1)) * ENTRY_BYTES;
    }

    /** Directory or table entry: reads give zeroes, writes are dropped, no fault. */
    long sparse();

    /** Entry of a 64 KiB page: nothing is mapped, and the small table is not to be asked. */
    long noSmallTable();

    /** Whether an entry of an upper directory is itself a page, as large as what the entry covers; then it is a table entry. */
    boolean upperIsPage(int directory, long pde);

    /** Memory that the next table is in; null if there is none. */
    @Nullable
    Aperture pdeAperture(long pde);

    /** Whether there is no next table, and accesses are to be quiet. */
    boolean pdeIsSparse(long pde);

    /** Where the next table is; a multiple of 4096. */
    long pdeAddress(long pde);

    /** An entry that leads to a table. @throws IllegalArgumentException if the address does not fit */
    long pde(Aperture aperture, long address, boolean isVolatile);

    /** Whether the low word of a dual entry is a page of 2 MiB; then it is a table entry. */
    boolean dualIsPage(long low);

    /** Memory that the table of 64 KiB pages is in; null if there is none. */
    @Nullable
    Aperture bigTableAperture(long low);

    /** Where the table of 64 KiB pages is; a multiple of 256. */
    long bigTableAddress(long low);

    /** A low word that leads to a table of 64 KiB pages. @throws IllegalArgumentException if the address does not fit */
    long bigTable(Aperture aperture, long address, boolean isVolatile);

    /** Whether a table entry maps a page. */
    boolean pteIsValid(long pte);

    /** Whether it maps nothing and accesses are to be quiet. */
    boolean pteIsSparse(long pte);

    /** Of an entry of a 64 KiB page: nothing is mapped, and the small table is not to be asked. */
    boolean pteForbidsSmallTable(long pte);

    /** Memory that the page is in. */
    Aperture pteAperture(long pte);

    /** Where the page is. For pages larger than 4 KiB the low bits are the entry's own: mask them. */
    long pteAddress(long pte);

    boolean pteIsPrivileged(long pte);

    boolean pteIsReadOnly(long pte);

    boolean pteForbidsAtomics(long pte);

    /** An entry that maps a page. @throws IllegalArgumentException if the address or the kind does not fit */
    long pte(Aperture aperture, long address, boolean isVolatile, boolean readOnly, int kind);

    /** A valid entry for privileged clients only. */
    long privileged(long pte);

    /** A valid entry that refuses atomics. */
    long withoutAtomics(long pte);
}
