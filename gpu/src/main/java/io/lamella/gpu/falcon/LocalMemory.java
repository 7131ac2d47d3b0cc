// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.falcon;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Code or data memory of a falcon, with zeroes past what was loaded. It takes no space until something is stored. Offsets outside read as 0 and
 * ignore writes, as does every access at a negative offset.
 */
final class LocalMemory {
    static final int SIZE_BYTES = 64 * 1024;
    static final int BLOCK_BYTES = 256;

    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final MemorySegment EMPTY = MemorySegment.ofArray(new byte[0]);

    // Written by whoever loads; a load ends before the falcon starts, so programs see all of it.
    private volatile MemorySegment content = EMPTY;

    /** The word at a 4-byte aligned offset. */
    int readInt(int offset) {
        MemorySegment now = content;
        return offset >= 0 && offset <= now.byteSize() - 4 ? now.get(INT, offset) : 0;
    }

    void writeInt(int offset, int value) {
        if (offset >= 0 && offset <= SIZE_BYTES - 4) {
            allocated().set(INT, offset, value);
        }
    }

    /** The range as memory, or an empty segment if part of it lies outside. */
    MemorySegment range(int offset, int length) {
        if (offset < 0 || length <= 0 || offset > SIZE_BYTES - length) {
            return EMPTY;
        }
        return allocated().asSlice(offset, length);
    }

    /** How many bytes are worth searching. */
    int sizeBytes() {
        return (int) content.byteSize();
    }

    void clear() {
        content = EMPTY;
    }

    private MemorySegment allocated() {
        MemorySegment now = content;
        if (now.byteSize() == 0) {
            now = MemorySegment.ofArray(new byte[SIZE_BYTES]);
            content = now;
        }
        return now;
    }
}
