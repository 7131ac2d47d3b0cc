// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.fb;

import java.lang.foreign.MemorySegment;

/** A small frame buffer on the heap, for tests that do not care for pages. */
public final class HeapFbStore implements FbStore {
    private final MemorySegment memory;
    private long releasedBytes;

    public HeapFbStore(int sizeBytes) {
        memory = MemorySegment.ofArray(new byte[sizeBytes]);
    }

    /** How much was given back so far. */
    public long releasedBytes() {
        return releasedBytes;
    }

    @Override
    public MemorySegment memory() {
        return memory;
    }

    @Override
    public void release(long offset, long lengthBytes) {
        if (offset % pageBytes() != 0 || lengthBytes % pageBytes() != 0) {
            throw new IllegalArgumentException("Only whole pages can be given back.");
        }
        memory.asSlice(offset, lengthBytes).fill((byte) 0);
        releasedBytes += lengthBytes;
    }

    @Override
    public int pageBytes() {
        return 4096;
    }

    @Override
    public long touchedBytes() {
        return memory.byteSize();
    }

    @Override
    public int fileDescriptor() {
        return -1;
    }

    @Override
    public void close() {}
}
