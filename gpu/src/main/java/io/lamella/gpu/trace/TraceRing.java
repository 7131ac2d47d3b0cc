// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.trace;

import io.lamella.hw.reg.PraminWindow;
import io.lamella.hw.reg.Prom;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.function.LongSupplier;

/**
 * Binary records of one function, in slots of 64 bytes that are used again and again. Writers never wait, never allocate and take no lock:
 * each claims its slots with one atomic addition, so the serving thread, the function's tasks and the engines' thread may all write. A
 * reader that is too slow finds its slots used for something newer and counts what it has lost.
 *
 * <p>The first word of a slot is its stamp: the slot's position plus one when it is complete, 0 while it is being written, negative in the
 * slots that go on with the record before them.
 */
public final class TraceRing {
    /** The most of a message that is kept. */
    public static final int MAX_PAYLOAD_BYTES = 8192;

    static final int SLOT_WORDS = 8;
    static final int SLOT_BYTES = SLOT_WORDS * Long.BYTES;
    private static final int SLOT_PAYLOAD_BYTES = SLOT_BYTES - Long.BYTES;

    private static final MemorySegment EMPTY = MemorySegment.ofArray(new byte[0]);
    private static final VarHandle WORDS = MethodHandles.arrayElementVarHandle(long[].class);
    private static final VarHandle CLAIMED;

    static {
        try {
            CLAIMED = MethodHandles.lookup().findVarHandle(TraceRing.class, "claimed", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final long[] words;
    private final MemorySegment bytes;
    private final int slotMask;
    private final LongSupplier clock;
    private volatile boolean memoryWanted;

    @SuppressWarnings({"unused", "FieldMayBeFinal", "UnusedVariable"}) // By way of CLAIMED.
    private volatile long claimed;

    /**
     * Makes an empty one.
     *
     * @param slots how many; a power of two, enough for a few of the longest records
     * @param clock nanoseconds
     */
    TraceRing(int slots, LongSupplier clock) {
        if (Integer.bitCount(slots) != 1 || slots < 1024) {
            throw new IllegalArgumentException(
                    "A ring of " + slots + " slots: it must be a power of two, 1024 or more.");
        }
        words = new long[slots * SLOT_WORDS];
        bytes = MemorySegment.ofArray(words);
        slotMask = slots - 1;
        this.clock = clock;
    }

    /** Somebody wants to see memory too. */
    void wantMemory() {
        memoryWanted = true;
    }

    /** Whether an access is worth a record: most of what a driver does with memory is page tables, which nobody wants to see by default. */
    public boolean wants(int bar, long offset) {
        return memoryWanted || (bar == 0 && !PraminWindow.WINDOW.contains(offset) && !Prom.WINDOW.contains(offset));
    }

    /** The time that records carry. */
    public long now() {
        return clock.getAsLong();
    }

    /** Writes a record without payload. */
    public void put(TraceKind kind, int detail, long a, long b, long beginNanos, long durationNanos) {
        write(kind, detail, a, b, 0, beginNanos, durationNanos, EMPTY);
    }

    /**
     * Writes a record.
     *
     * @param detail 24 bits
     * @param payload of which the first {@link #MAX_PAYLOAD_BYTES} are kept
     */
    public void put(
            TraceKind kind,
            int detail,
            long a,
            long b,
            long c,
            long beginNanos,
            long durationNanos,
            MemorySegment payload) {
        write(kind, detail, a, b, c, beginNanos, durationNanos, payload);
    }

    @SuppressWarnings("EnumOrdinal") // The number lives no longer than the ring.
    private void write(
            TraceKind kind,
            int detail,
            long a,
            long b,
            long c,
            long beginNanos,
            long durationNanos,
            MemorySegment payload) {
        long total = payload.byteSize();
        int kept = (int) Math.min(total, MAX_PAYLOAD_BYTES);
        int more = (kept + SLOT_PAYLOAD_BYTES - 1) / SLOT_PAYLOAD_BYTES;
        long position = (long) CLAIMED.getAndAdd(this, (long) (1 + more));
        int at = word(position);
        WORDS.setOpaque(words, at, 0L);
        VarHandle.storeStoreFence();
        words[at + 1] = beginNanos;
        words[at + 2] = kind.ordinal() | (long) (detail & 0xffffff) << 8 | (long) kept << 32;
        words[at + 3] = a;
        words[at + 4] = b;
        words[at + 5] = c;
        words[at + 6] = durationNanos;
        words[at + 7] = total;
        for (int i = 0; i < more; i++) {
            int next = word(position + 1 + i);
            WORDS.setOpaque(words, next, 0L);
            VarHandle.storeStoreFence();
            int done = i * SLOT_PAYLOAD_BYTES;
            MemorySegment.copy(
                    payload,
                    done,
                    bytes,
                    (long) next * Long.BYTES + Long.BYTES,
                    Math.min(SLOT_PAYLOAD_BYTES, kept - done));
            WORDS.setRelease(words, next, -(position + 2 + i));
        }
        WORDS.setRelease(words, at, position + 1);
    }

    private int word(long position) {
        return ((int) position & slotMask) * SLOT_WORDS;
    }

    // For readers.

    int slots() {
        return slotMask + 1;
    }

    /** The position that the next record gets. */
    long end() {
        return (long) CLAIMED.getVolatile(this);
    }

    long stamp(long position) {
        return (long) WORDS.getAcquire(words, word(position));
    }

    /** Copies words out of a slot; what was copied is good if the slot's stamp is still the same after a fence. */
    void copy(long position, int firstWord, long[] to, int toIndex, int count) {
        System.arraycopy(words, word(position) + firstWord, to, toIndex, count);
    }
}
