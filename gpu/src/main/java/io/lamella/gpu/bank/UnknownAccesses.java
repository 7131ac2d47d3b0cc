// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.bank;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Counts accesses to registers that are not modelled, for each offset up to a fixed number of offsets. One thread counts, any thread lists.
 */
public final class UnknownAccesses {
    /** How many different offsets are told apart; a power of two. The rest is counted together. */
    public static final int MAX_OFFSETS = 512;

    private static final int SLOTS = MAX_OFFSETS * 2;

    // Offsets are multiples of 4, so offset + 1 is never 0, which marks a free slot.
    private final AtomicIntegerArray keys = new AtomicIntegerArray(SLOTS);
    private final AtomicLongArray reads = new AtomicLongArray(SLOTS + 1);
    private final AtomicLongArray writes = new AtomicLongArray(SLOTS + 1);
    private int used;

    /**
     * The accesses to one offset.
     *
     * @param offset from the start of the bank, or -1 for all that were too many to tell apart
     */
    public record Count(int offset, long reads, long writes) {}

    UnknownAccesses() {}

    void countRead(int offset) {
        bump(reads, slot(offset));
    }

    void countWrite(int offset) {
        bump(writes, slot(offset));
    }

    private static void bump(AtomicLongArray counts, int slot) {
        // One writer at a time: no need for an atomic addition.
        counts.setRelease(slot, counts.getPlain(slot) + 1);
    }

    private int slot(int offset) {
        int key = offset + 1;
        int slot = ((offset >>> 2) * 0x9e3779b1) >>> (Integer.SIZE - Integer.numberOfTrailingZeros(SLOTS));
        while (true) {
            int found = keys.getPlain(slot);
            if (found == key) {
                return slot;
            }
            if (found == 0) {
                if (used == MAX_OFFSETS) {
                    return SLOTS;
                }
                used++;
                keys.setRelease(slot, key);
                return slot;
            }
            slot = (slot + 1) & (SLOTS - 1);
        }
    }

    /** Every offset met so far, by offset; the sum of those too many to tell apart comes first, with offset -1. */
    public List<Count> counts() {
        List<Count> list = new ArrayList<>();
        if (reads.get(SLOTS) + writes.get(SLOTS) != 0) {
            list.add(new Count(-1, reads.get(SLOTS), writes.get(SLOTS)));
        }
        for (int slot = 0; slot < SLOTS; slot++) {
            int key = keys.getAcquire(slot);
            if (key != 0) {
                list.add(new Count(key - 1, reads.get(slot), writes.get(slot)));
            }
        }
        list.sort(Comparator.comparingInt(Count::offset));
        return list;
    }
}
