// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.mmu;

/**
 * Where a GPU virtual address leads, packed into a {@code long} so that a walk allocates nothing: bits 2:0 what it leads to, bit 3
 * read-only, bits 9:4 log2 of the page size, bit 10 privileged, bit 11 no atomics, bits 63:12 the page's address.
 */
public final class Translation {
    /** Nothing is mapped, or the tables are broken: the access faults. */
    public static final int UNMAPPED = 0;
    /** The function's own video memory. */
    public static final int VRAM = 1;
    /** The function's driver's memory. */
    public static final int SYSMEM = 2;
    /** Deliberately empty: reads give zero, writes go nowhere, no fault. */
    public static final int SPARSE = 3;

    private static final int READ_ONLY = 1 << 3;
    private static final int PRIVILEGED = 1 << 10;
    private static final int NO_ATOMICS = 1 << 11;

    private Translation() {}

    /** Of as much as that, of which nothing is mapped. */
    static long nothing(boolean sparse, int pageShift) {
        return of(sparse ? SPARSE : UNMAPPED, 0, pageShift, false);
    }

    static long of(int target, long pageAddress, int pageShift, boolean readOnly) {
        return (pageAddress & -1L << 12) | (long) pageShift << 4 | (readOnly ? 8 : 0) | target;
    }

    static long of(
            int target, long pageAddress, int pageShift, boolean readOnly, boolean privileged, boolean noAtomics) {
        return of(target, pageAddress, pageShift, readOnly)
                | (privileged ? PRIVILEGED : 0)
                | (noAtomics ? NO_ATOMICS : 0);
    }

    /** One of the four constants. */
    public static int target(long translation) {
        return (int) translation & 7;
    }

    /** Whether a write faults. */
    public static boolean isReadOnly(long translation) {
        return (translation & READ_ONLY) != 0;
    }

    /** Whether only privileged channels may use it. */
    public static boolean isPrivileged(long translation) {
        return (translation & PRIVILEGED) != 0;
    }

    /** Whether reductions fault. */
    public static boolean forbidsAtomics(long translation) {
        return (translation & NO_ATOMICS) != 0;
    }

    /** Whether two have the same target and the same rights. */
    static boolean agree(long one, long other) {
        int mask = 7 | READ_ONLY | PRIVILEGED | NO_ATOMICS;
        return (one & mask) == (other & mask);
    }

    /** log2 of the size of the page. */
    public static int pageShift(long translation) {
        return (int) (translation >>> 4) & 0x3f;
    }

    /** The address behind the virtual address that was translated, or another one in the same page. */
    public static long address(long translation, long virtualAddress) {
        long offsetMask = (1L << pageShift(translation)) - 1;
        return (translation & -1L << 12 & ~offsetMask) | (virtualAddress & offsetMask);
    }
}
