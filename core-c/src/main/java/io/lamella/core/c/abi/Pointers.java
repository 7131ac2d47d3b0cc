// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.c.abi;

import io.lamella.core.CoreError;
import io.lamella.core.CoreException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Pointers from the other side. */
public final class Pointers {
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;

    private Pointers() {}

    public static boolean isNull(MemorySegment pointer) {
        return pointer.address() == 0;
    }

    /** The memory that a pointer leads to. @throws CoreException {@code INVALID} for NULL */
    public static MemorySegment behind(MemorySegment pointer, long sizeBytes, String what) {
        if (isNull(pointer)) {
            throw new CoreException(CoreError.INVALID, "The pointer to " + what + " is NULL.");
        }
        return pointer.reinterpret(sizeBytes);
    }

    /**
     * The array that a pointer leads to; NULL will do if it is empty.
     *
     * @param elementBytes size of one
     * @param count an unsigned number of them
     * @param most how many there may be
     */
    public static MemorySegment array(MemorySegment pointer, long elementBytes, long count, long most, String what) {
        if (count < 0 || count > most) {
            throw new CoreException(
                    CoreError.INVALID,
                    Long.toUnsignedString(count) + " of " + what + " were given; " + most + " is the most.");
        }
        return count == 0 ? MemorySegment.NULL : behind(pointer, elementBytes * count, what);
    }

    /** Writes an output of 32 bits. */
    public static void putInt(MemorySegment pointer, int value) {
        pointer.reinterpret(4).set(INT, 0, value);
    }

    /** Writes an output of 64 bits. */
    public static void putLong(MemorySegment pointer, long value) {
        pointer.reinterpret(8).set(LONG, 0, value);
    }

    /** Refuses outputs that are NULL, before anything is done. */
    public static void need(MemorySegment... outputs) {
        for (MemorySegment output : outputs) {
            if (isNull(output)) {
                throw new CoreException(CoreError.INVALID, "A pointer for a result is NULL.");
            }
        }
    }
}
