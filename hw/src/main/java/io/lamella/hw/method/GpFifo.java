// SPDX-License-Identifier: Apache-2.0
package io.lamella.hw.method;

/** An entry of a channel's ring: where a segment of push buffer is and how long (clc56f.h, GP_ENTRY). All on the raw 8 bytes. */
public final class GpFifo {
    /** Bytes of an entry. */
    public static final int ENTRY_BYTES = 8;

    private static final int OPCODE_NOP = 0;

    private GpFifo() {}

    /** GPU virtual address of the segment: bits 39:2. */
    public static long address(long entry) {
        return entry & 0xff_ffff_fffcL;
    }

    /** Its length in words, 0 to 2^21 - 1. With 0 the entry is a control entry; {@link #isNop}. */
    public static int lengthWords(long entry) {
        return (int) (entry >>> 42) & 0x1f_ffff;
    }

    /** Whether it is a subroutine's level, for which GET is not reported. */
    public static boolean isSubroutine(long entry) {
        return (entry >>> 41 & 1) != 0;
    }

    /** Whether fetching waits until all before it has been executed. */
    public static boolean waits(long entry) {
        return entry < 0;
    }

    /** Whether a control entry (length 0) does nothing; others carry an operation in bits 39:32. */
    public static boolean isNop(long entry) {
        return lengthWords(entry) == 0 && (entry >>> 32 & 0xff) == OPCODE_NOP;
    }

    /** An entry for a segment. */
    public static long entry(long address, int lengthWords) {
        return (address & 0xff_ffff_fffcL) | (lengthWords & 0x1f_ffffL) << 42;
    }
}
