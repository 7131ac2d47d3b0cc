// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.fb;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * A function's video memory: all that it can reach, addressed from 0. What the VMMU does on the board. There is no way from here to
 * memory outside of the segment: every access is checked against the segment's size, and again against the slice that it ends in.
 *
 * <p>Scalar accesses never fail and never allocate: outside of the segment, and after {@link #revoke}, bytes read as ones and writes
 * are dropped. Bulk operations are for the GPU's own units, which check addresses before; they throw.
 *
 * <p>Values are little-endian and need no alignment. All methods may be called from any thread; who shares memory between threads
 * orders the accesses, as on the board.
 */
public final class FbSegment {
    private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** Bulk work is cut into pieces of this size, so that a revoked segment stops soon. */
    private static final long PIECE_BYTES = 1 << 20;

    private final FrameBuffer frameBuffer;
    private final List<FbRange> ranges;
    private final MemorySegment[] slices;
    private final long[] starts;
    private final long sizeBytes;
    private final boolean steady;
    private volatile long limit;

    FbSegment(FrameBuffer frameBuffer, List<FbRange> ranges) {
        if (ranges.isEmpty()) {
            throw new IllegalArgumentException("A segment needs at least one range of video memory.");
        }
        this.frameBuffer = frameBuffer;
        steady = frameBuffer.isSteady();
        this.ranges = List.copyOf(ranges);
        slices = new MemorySegment[ranges.size()];
        starts = new long[ranges.size()];
        long start = 0;
        for (int i = 0; i < slices.length; i++) {
            FbRange range = ranges.get(i);
            for (int j = 0; j < i; j++) {
                if (ranges.get(j).overlaps(range)) {
                    throw new IllegalArgumentException("The ranges " + ranges.get(j) + " and " + range + " overlap.");
                }
            }
            slices[i] = frameBuffer.slice(range);
            starts[i] = start;
            start += range.lengthBytes();
        }
        sizeBytes = start;
        limit = start;
    }

    public long sizeBytes() {
        return sizeBytes;
    }

    /** Where it lies in physical video memory. For the host's side; a guest has no way to learn it. */
    public List<FbRange> ranges() {
        return ranges;
    }

    /** Takes the memory away for good: from here on every access is an access outside. Used before the memory goes to someone else. */
    public void revoke() {
        limit = 0;
    }

    public boolean isRevoked() {
        return limit == 0;
    }

    /** Whether no page of it can ever be missing, so that the C library may copy it. */
    public boolean isSteady() {
        return steady;
    }

    /** Whether {@code lengthBytes} from {@code offset} on can be reached. Neither needs to be sane. */
    public boolean contains(long offset, long lengthBytes) {
        long end = limit;
        return offset >= 0 && lengthBytes >= 0 && lengthBytes <= end && offset <= end - lengthBytes;
    }

    private int find(long offset) {
        int index = 0;
        if (starts.length > 1) {
            int high = starts.length - 1;
            while (index < high) {
                int middle = (index + high + 1) >>> 1;
                if (starts[middle] <= offset) {
                    index = middle;
                } else {
                    high = middle - 1;
                }
            }
        }
        return index;
    }

    /** Reads 1, 2, 4 or 8 bytes, zero-extended. */
    public long read(long offset, int size) {
        if (contains(offset, size)) {
            int index = find(offset);
            MemorySegment slice = slices[index];
            long at = offset - starts[index];
            if (at <= slice.byteSize() - size) {
                return switch (size) {
                    case 1 -> Byte.toUnsignedLong(slice.get(BYTE, at));
                    case 2 -> Short.toUnsignedLong(slice.get(SHORT, at));
                    case 4 -> Integer.toUnsignedLong(slice.get(INT, at));
                    default -> slice.get(LONG, at);
                };
            }
        }
        long value = 0;
        for (int i = size - 1; i >= 0; i--) {
            value = value << 8 | readByte(offset + i);
        }
        return value;
    }

    private long readByte(long offset) {
        if (!contains(offset, 1)) {
            return 0xff;
        }
        int index = find(offset);
        return Byte.toUnsignedLong(slices[index].get(BYTE, offset - starts[index]));
    }

    /** Writes 1, 2, 4 or 8 bytes. */
    public void write(long offset, int size, long value) {
        if (contains(offset, size)) {
            int index = find(offset);
            MemorySegment slice = slices[index];
            long at = offset - starts[index];
            if (at <= slice.byteSize() - size) {
                switch (size) {
                    case 1 -> slice.set(BYTE, at, (byte) value);
                    case 2 -> slice.set(SHORT, at, (short) value);
                    case 4 -> slice.set(INT, at, (int) value);
                    default -> slice.set(LONG, at, value);
                }
                return;
            }
        }
        for (int i = 0; i < size; i++) {
            long at = offset + i;
            if (contains(at, 1)) {
                int index = find(at);
                slices[index].set(BYTE, at - starts[index], (byte) (value >>> (8 * i)));
            }
        }
    }

    public int readInt(long offset) {
        return (int) read(offset, 4);
    }

    public long readLong(long offset) {
        return read(offset, 8);
    }

    public void writeInt(long offset, int value) {
        write(offset, 4, Integer.toUnsignedLong(value));
    }

    public void writeLong(long offset, long value) {
        write(offset, 8, value);
    }

    /**
     * Where memory lies in this process, for units that move much of it: as many of {@code maxBytes} as lie in one piece. Good until {@link
     * #revoke}; whoever revokes waits first for those that may be using it.
     *
     * @param at gets the piece of memory and the offset in it
     * @return how many bytes lie there in one piece; 0 if the offset is outside
     */
    public long locate(long offset, long maxBytes, Location at) {
        // Once: it may be revoked at any time.
        long end = limit;
        if (offset < 0 || offset >= end) {
            return 0;
        }
        int index = find(offset);
        at.set(slices[index], offset - starts[index]);
        return Math.min(Math.min(maxBytes, end - offset), slices[index].byteSize() - (offset - starts[index]));
    }

    /** Gets what {@link #locate} finds. */
    public interface Location {
        void set(MemorySegment memory, long offset);
    }

    /** Copies out of the segment. @throws IndexOutOfBoundsException if the range leaves it */
    public void copyTo(long offset, MemorySegment destination) {
        eachPiece(
                offset,
                destination.byteSize(),
                (slice, at, length, done) -> MemorySegment.copy(slice, at, destination, done, length));
    }

    /** Copies into the segment. @throws IndexOutOfBoundsException if the range leaves it */
    public void copyFrom(long offset, MemorySegment source) {
        eachPiece(
                offset,
                source.byteSize(),
                (slice, at, length, done) -> MemorySegment.copy(source, done, slice, at, length));
    }

    /**
     * Copies to another segment or within this one. Overlapping ranges give the right result only up to pieces of 1 MiB.
     *
     * @throws IndexOutOfBoundsException if a range leaves its segment
     */
    public void copyTo(long offset, FbSegment destination, long destinationOffset, long lengthBytes) {
        destination.require(destinationOffset, lengthBytes);
        eachPiece(
                offset,
                lengthBytes,
                (slice, at, length, done) -> destination.copyFrom(destinationOffset + done, slice.asSlice(at, length)));
    }

    /** Sets every byte. Zero goes by way of {@link #clear}. @throws IndexOutOfBoundsException if the range leaves the segment */
    public void fill(long offset, long lengthBytes, byte value) {
        if (value == 0) {
            clear(offset, lengthBytes);
            return;
        }
        eachPiece(
                offset,
                lengthBytes,
                (slice, at, length, done) -> slice.asSlice(at, length).fill(value));
    }

    /** Zeroes a range and gives its whole pages back to the system. @throws IndexOutOfBoundsException if the range leaves the segment */
    public void clear(long offset, long lengthBytes) {
        require(offset, lengthBytes);
        long done = 0;
        while (done < lengthBytes) {
            int index = find(offset + done);
            long at = offset + done - starts[index];
            long length = Math.min(lengthBytes - done, slices[index].byteSize() - at);
            frameBuffer.clear(ranges.get(index).base() + at, length);
            done += length;
        }
    }

    /** Where a range of the segment lies physically, in order. @throws IndexOutOfBoundsException if the range leaves the segment */
    public List<FbRange> physical(long offset, long lengthBytes) {
        require(offset, lengthBytes);
        List<FbRange> found = new ArrayList<>();
        long done = 0;
        while (done < lengthBytes) {
            int index = find(offset + done);
            long at = offset + done - starts[index];
            long length = Math.min(lengthBytes - done, slices[index].byteSize() - at);
            found.add(new FbRange(ranges.get(index).base() + at, length));
            done += length;
        }
        return found;
    }

    private interface Piece {
        void apply(MemorySegment slice, long at, long length, long done);
    }

    private void eachPiece(long offset, long lengthBytes, Piece piece) {
        require(offset, lengthBytes);
        long done = 0;
        while (done < lengthBytes) {
            require(offset + done, 1);
            int index = find(offset + done);
            long at = offset + done - starts[index];
            long length = Math.min(Math.min(lengthBytes - done, PIECE_BYTES), slices[index].byteSize() - at);
            piece.apply(slices[index], at, length, done);
            done += length;
        }
    }

    private void require(long offset, long lengthBytes) {
        if (!contains(offset, lengthBytes)) {
            throw new IndexOutOfBoundsException(
                    limit == 0
                            ? "The segment of video memory was taken away."
                            : "0x" + Long.toHexString(lengthBytes) + " bytes at 0x" + Long.toHexString(offset)
                                    + " leave the segment of 0x" + Long.toHexString(limit) + " bytes.");
        }
    }
}
