// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.fb;

import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * The board's video memory. It is sparse: a page takes memory of the host from the first time that it is touched until it is cleared
 * again. Functions never see it whole; each has an {@link FbSegment}.
 */
public final class FrameBuffer implements AutoCloseable {
    private final FbStore store;
    private final long sizeBytes;
    private final FbSegment whole;

    /** A frame buffer of all that {@code store} has; it closes the store. */
    public FrameBuffer(FbStore store) {
        this.store = store;
        this.sizeBytes = store.memory().byteSize();
        this.whole = segment(List.of(new FbRange(0, sizeBytes)));
    }

    public long sizeBytes() {
        return sizeBytes;
    }

    /** The physical function's view. */
    public FbSegment whole() {
        return whole;
    }

    /**
     * A view of some ranges, one behind the other: offset 0 is the first byte of the first.
     *
     * @throws IllegalArgumentException if there is none, or one leaves the memory or overlaps another
     */
    public FbSegment segment(List<FbRange> ranges) {
        return new FbSegment(this, ranges);
    }

    /** How much host memory it takes now. Pages count from the first read or write, also a read of what was never written. */
    public long touchedBytes() {
        return store.touchedBytes();
    }

    /** A descriptor that maps the whole memory, or -1; for parts of a BAR that a client may map. It stays the frame buffer's own. */
    public int fileDescriptor() {
        return store.fileDescriptor();
    }

    boolean isSteady() {
        return store.isSteady();
    }

    MemorySegment slice(FbRange range) {
        if (range.end() > sizeBytes) {
            throw new IllegalArgumentException("Video memory ends at 0x" + Long.toHexString(sizeBytes) + "; the range "
                    + range + " does not fit.");
        }
        return store.memory().asSlice(range.base(), range.lengthBytes());
    }

    /** Zeroes a range. Whole pages go back to the system, what is left at both ends is overwritten. */
    void clear(long base, long lengthBytes) {
        int page = store.pageBytes();
        long end = base + lengthBytes;
        long from = Math.ceilDiv(base, page) * page;
        long to = end - end % page;
        MemorySegment memory = store.memory();
        if (from >= to) {
            memory.asSlice(base, lengthBytes).fill((byte) 0);
            return;
        }
        memory.asSlice(base, from - base).fill((byte) 0);
        store.release(from, to - from);
        memory.asSlice(to, end - to).fill((byte) 0);
    }

    @Override
    public void close() {
        store.close();
    }
}
