// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.c.in;

import io.lamella.core.BarMapping;
import io.lamella.core.c.abi.Blocks;
import io.lamella.core.c.abi.CoreFunction;
import io.lamella.core.c.abi.Limits;
import java.lang.foreign.MemorySegment;
import java.util.Objects;

/** A mapping into BAR1 of a core in C. */
final class NativeMapping extends NativeResource implements BarMapping {
    private final long barOffset;
    private final long sizeBytes;

    NativeMapping(NativeSession session, long handle, String label, long barOffset, long sizeBytes) {
        super(session, handle, label);
        this.barOffset = barOffset;
        this.sizeBytes = sizeBytes;
    }

    @Override
    public long sizeBytes() {
        return sizeBytes;
    }

    @Override
    public long barOffset() {
        return barOffset;
    }

    private long at(long offset, long lengthBytes) {
        return Objects.checkFromIndexSize(offset, lengthBytes, sizeBytes);
    }

    @Override
    public int readInt(long offset) {
        return (int) link().read(handle(), at(offset, 4), 4);
    }

    @Override
    public void writeInt(long offset, int value) {
        link().write(handle(), at(offset, 4), 4, Integer.toUnsignedLong(value));
    }

    @Override
    public long readLong(long offset) {
        return link().read(handle(), at(offset, 8), 8);
    }

    @Override
    public void writeLong(long offset, long value) {
        link().write(handle(), at(offset, 8), 8, value);
    }

    @Override
    public void read(long offset, MemorySegment destination) {
        long start = at(offset, destination.byteSize());
        Blocks.fill(
                destination,
                (done, piece) ->
                        link().call(CoreFunction.BAR1_READ_BLOCK, handle(), start + done, piece, piece.byteSize()));
    }

    @Override
    public void write(long offset, MemorySegment source) {
        long start = at(offset, source.byteSize());
        Blocks.drain(
                source,
                (done, piece) ->
                        link().call(CoreFunction.BAR1_WRITE_BLOCK, handle(), start + done, piece, piece.byteSize()));
    }

    @Override
    public void fill(long offset, long lengthBytes, byte value) {
        long start = at(offset, lengthBytes);
        for (long done = 0; done < lengthBytes; ) {
            long length = Math.min(Limits.MAX_BLOCK_BYTES, lengthBytes - done);
            link().call(CoreFunction.BAR1_FILL, handle(), start + done, length, Byte.toUnsignedInt(value));
            done += length;
        }
    }
}
