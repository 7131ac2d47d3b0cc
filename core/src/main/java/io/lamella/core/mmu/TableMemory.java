// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.mmu;

import io.lamella.core.pool.RangePool;
import java.util.BitSet;
import java.util.Map;
import java.util.TreeMap;

/**
 * Frame buffer for page tables, in pages of 4 KiB. It comes in chunks from the top, so that tables do not cut frame buffer into pieces.
 * One empty chunk is kept. Thread-safe.
 */
public final class TableMemory {
    /** Bytes of a table. */
    public static final int PAGE_BYTES = 4096;

    private static final long CHUNK_BYTES = 2 << 20;
    private static final int PAGES = (int) (CHUNK_BYTES / PAGE_BYTES);

    private final RangePool frameBuffer;
    private final TreeMap<Long, BitSet> chunks = new TreeMap<>();

    public TableMemory(RangePool frameBuffer) {
        this.frameBuffer = frameBuffer;
    }

    /** Takes a page; its content is whatever was there. @throws io.lamella.core.CoreException {@code NO_SPACE} */
    synchronized long take() {
        for (Map.Entry<Long, BitSet> chunk : chunks.entrySet()) {
            int page = chunk.getValue().nextClearBit(0);
            if (page < PAGES) {
                chunk.getValue().set(page);
                return chunk.getKey() + (long) page * PAGE_BYTES;
            }
        }
        long chunk = frameBuffer.take(CHUNK_BYTES, CHUNK_BYTES, RangePool.End.HIGH);
        BitSet pages = new BitSet(PAGES);
        pages.set(0);
        chunks.put(chunk, pages);
        return chunk;
    }

    /** Gives back what {@link #take} gave. */
    synchronized void give(long address) {
        long chunk = address & -CHUNK_BYTES;
        BitSet pages = chunks.get(chunk);
        if (pages == null) {
            throw new IllegalArgumentException(String.format("0x%x is in no chunk of tables.", address));
        }
        pages.clear((int) ((address - chunk) / PAGE_BYTES));
        boolean anotherIsEmpty = chunks.entrySet().stream()
                .anyMatch(other -> other.getKey() != chunk && other.getValue().isEmpty());
        if (pages.isEmpty() && anotherIsEmpty) {
            chunks.remove(chunk);
            frameBuffer.give(chunk, CHUNK_BYTES);
        }
    }
}
