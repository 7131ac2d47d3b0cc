// SPDX-License-Identifier: Apache-2.0
package io.lamella.vfiouser.example;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Plain little-endian storage behind a BAR: what is written reads back. What lies outside reads as ones and drops writes. */
final class Storage {
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final MemorySegment memory;

    Storage(MemorySegment memory) {
        this.memory = memory;
    }

    long read(long offset, int sizeBytes) {
        if (!isInside(offset, sizeBytes)) {
            return readEdge(offset, sizeBytes);
        }
        return switch (sizeBytes) {
            case 1 -> Byte.toUnsignedLong(memory.get(ValueLayout.JAVA_BYTE, offset));
            case 2 -> Short.toUnsignedLong(memory.get(SHORT, offset));
            case 4 -> Integer.toUnsignedLong(memory.get(INT, offset));
            default -> memory.get(LONG, offset);
        };
    }

    void write(long offset, int sizeBytes, long value) {
        if (!isInside(offset, sizeBytes)) {
            writeEdge(offset, sizeBytes, value);
            return;
        }
        switch (sizeBytes) {
            case 1 -> memory.set(ValueLayout.JAVA_BYTE, offset, (byte) value);
            case 2 -> memory.set(SHORT, offset, (short) value);
            case 4 -> memory.set(INT, offset, (int) value);
            default -> memory.set(LONG, offset, value);
        }
    }

    void read(long offset, MemorySegment destination) {
        long inside = insideBytes(offset, destination.byteSize());
        if (inside > 0) {
            MemorySegment.copy(memory, offset, destination, 0, inside);
        }
        if (inside < destination.byteSize()) {
            destination.asSlice(inside).fill((byte) -1);
        }
    }

    void write(long offset, MemorySegment source) {
        long inside = insideBytes(offset, source.byteSize());
        if (inside > 0) {
            MemorySegment.copy(source, 0, memory, offset, inside);
        }
    }

    void clear() {
        memory.fill((byte) 0);
    }

    private boolean isInside(long offset, long sizeBytes) {
        return offset >= 0 && offset <= memory.byteSize() - sizeBytes;
    }

    /** How many of the bytes from {@code offset} on are inside. */
    private long insideBytes(long offset, long wanted) {
        return offset < 0 || offset >= memory.byteSize() ? 0 : Math.min(wanted, memory.byteSize() - offset);
    }

    private long readEdge(long offset, int sizeBytes) {
        long value = sizeBytes == 8 ? -1 : (1L << (8 * sizeBytes)) - 1;
        for (int i = 0; i < sizeBytes; i++) {
            if (isInside(offset + i, 1)) {
                value &= ~(0xffL << (8 * i));
                value |= Byte.toUnsignedLong(memory.get(ValueLayout.JAVA_BYTE, offset + i)) << (8 * i);
            }
        }
        return value;
    }

    private void writeEdge(long offset, int sizeBytes, long value) {
        for (int i = 0; i < sizeBytes; i++) {
            if (isInside(offset + i, 1)) {
                memory.set(ValueLayout.JAVA_BYTE, offset + i, (byte) (value >>> (8 * i)));
            }
        }
    }
}
