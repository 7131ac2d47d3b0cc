// SPDX-License-Identifier: Apache-2.0
package io.lamella.drm;

import io.lamella.hw.method.HostMethod;
import io.lamella.hw.method.PushBuffer;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;

/**
 * A channel's fences: a semaphore in the host's memory, and behind it, for each entry of the ring, room for the methods that release it
 * with a value and raise the non-stall interrupt. The order is that of nouveau's gv100_fence.c.
 */
final class FenceRing {
    /** Methods of one fence. */
    static final int PUSH_BYTES = 13 * Integer.BYTES;

    private static final int SLOT_BYTES = 64;
    private static final int FIRST_SLOT = 4096;
    /** Release, when the engine is idle, 64 bits. */
    private static final int RELEASE = 1 | 1 << 20 | 1 << 24;

    private static final int MEMORY_BARRIER = HostMethod.MemOpD.MEMBAR << 27;
    private static final VarHandle SEMAPHORE = ValueLayout.JAVA_LONG.varHandle();

    private final MemorySegment memory;
    private final long address;
    private final int slots;

    /** @param address where the memory is bound */
    FenceRing(MemorySegment memory, long address, int slots) {
        this.memory = memory;
        this.address = address;
        this.slots = slots;
    }

    static long sizeBytes(int slots) {
        return FIRST_SLOT + (long) slots * SLOT_BYTES;
    }

    /** The same in addresses, a power of two. */
    static long roomBytes(int slots) {
        return Long.highestOneBit(sizeBytes(slots) - 1) << 1;
    }

    /** Where the semaphore is. */
    long value() {
        return (long) SEMAPHORE.getAcquire(memory, 0L);
    }

    /** Writes the methods of a fence, over those of the fence that was as many slots before it. Returns where they are. */
    long write(long sequence) {
        int slot = FIRST_SLOT + (int) (sequence % slots) * SLOT_BYTES;
        int[] words = {
            PushBuffer.incrementing(0, HostMethod.SEM_ADDR_LO.offset(), 5),
            (int) address,
            (int) (address >>> 32),
            (int) sequence,
            (int) (sequence >>> 32),
            RELEASE,
            PushBuffer.incrementing(0, HostMethod.MEM_OP_A.offset(), 4),
            0,
            0,
            0,
            MEMORY_BARRIER,
            PushBuffer.incrementing(0, HostMethod.NON_STALL_INTERRUPT.offset(), 1),
            0
        };
        MemorySegment.copy(words, 0, memory, ValueLayout.JAVA_INT, slot, words.length);
        return address + slot;
    }
}
