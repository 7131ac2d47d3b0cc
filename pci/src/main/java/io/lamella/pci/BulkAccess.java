// SPDX-License-Identifier: Apache-2.0
package io.lamella.pci;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Cuts a run of bytes into naturally aligned accesses of 8 bytes at the most. */
final class BulkAccess {
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private BulkAccess() {}

    static void read(PciFunction function, int bar, long offset, MemorySegment destination) {
        long length = destination.byteSize();
        for (long done = 0; done < length; ) {
            int size = pieceSize(offset + done, length - done);
            put(destination, done, size, function.readBar(bar, offset + done, size));
            done += size;
        }
    }

    static void write(PciFunction function, int bar, long offset, MemorySegment source) {
        long length = source.byteSize();
        for (long done = 0; done < length; ) {
            int size = pieceSize(offset + done, length - done);
            function.writeBar(bar, offset + done, size, get(source, done, size));
            done += size;
        }
    }

    private static int pieceSize(long offset, long left) {
        long aligned = offset == 0 ? 8 : Math.min(8, Long.lowestOneBit(offset));
        return (int) Math.min(aligned, Long.highestOneBit(Math.min(left, 8)));
    }

    private static long get(MemorySegment source, long at, int size) {
        return switch (size) {
            case 1 -> Byte.toUnsignedLong(source.get(ValueLayout.JAVA_BYTE, at));
            case 2 -> Short.toUnsignedLong(source.get(SHORT, at));
            case 4 -> Integer.toUnsignedLong(source.get(INT, at));
            default -> source.get(LONG, at);
        };
    }

    private static void put(MemorySegment destination, long at, int size, long value) {
        switch (size) {
            case 1 -> destination.set(ValueLayout.JAVA_BYTE, at, (byte) value);
            case 2 -> destination.set(SHORT, at, (short) value);
            case 4 -> destination.set(INT, at, (int) value);
            default -> destination.set(LONG, at, value);
        }
    }
}
