// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.trace;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** Reads a function's ring from the time it was opened on. One thread at a time. Several readers of a ring know nothing of each other. */
public final class TraceReader implements AutoCloseable {
    private static final long FIRST_PAUSE_NANOS = 100_000;
    private static final long LAST_PAUSE_NANOS = 5_000_000;
    /** A writer that has claimed a slot and is not done with it by now will not be waited for. */
    private static final long WRITER_LIMIT_NANOS = 200_000_000;

    private static final int PAYLOAD_WORDS = TraceRing.SLOT_WORDS - 1;

    private final FunctionTrace trace;
    private final TraceRing ring;
    private final long[] head = new long[TraceRing.SLOT_WORDS];
    private long position;
    private long lost;
    private long stuckSince;
    private boolean closed;

    TraceReader(FunctionTrace trace, TraceRing ring) {
        this.trace = trace;
        this.ring = ring;
        position = ring.end();
    }

    /** The next record, or null if there is none yet. */
    public @Nullable TraceRecord poll() {
        while (true) {
            long end = ring.end();
            if (position >= end) {
                stuckSince = 0;
                return null;
            }
            if (end - position > ring.slots()) {
                skipTo(end - ring.slots() / 2);
                continue;
            }
            long stamp = ring.stamp(position);
            if (stamp == -(position + 1)) {
                // The middle of a record whose beginning was lost.
                skipTo(position + 1);
                continue;
            }
            if (stamp != position + 1) {
                if (isStuck()) {
                    skipTo(position + 1);
                    continue;
                }
                return null;
            }
            stuckSince = 0;
            TraceRecord record = read(stamp);
            if (record != null) {
                return record;
            }
        }
    }

    /** A slot that is claimed and not written; only time tells a slow writer from one that was overtaken. */
    private boolean isStuck() {
        long now = System.nanoTime();
        if (stuckSince == 0) {
            stuckSince = now;
        }
        return now - stuckSince > WRITER_LIMIT_NANOS;
    }

    private void skipTo(long newPosition) {
        lost += newPosition - position;
        position = newPosition;
        stuckSince = 0;
    }

    private @Nullable TraceRecord read(long stamp) {
        ring.copy(position, 0, head, 0, head.length);
        int kept = (int) (head[2] >>> 32);
        int code = (int) (head[2] & 0xff);
        boolean sane = kept >= 0 && kept <= TraceRing.MAX_PAYLOAD_BYTES && TraceKind.isKnown(code);
        int more = sane ? (kept + PAYLOAD_WORDS * Long.BYTES - 1) / (PAYLOAD_WORDS * Long.BYTES) : 0;
        long[] payload = new long[more * PAYLOAD_WORDS];
        for (int i = 0; i < more && sane; i++) {
            sane = ring.stamp(position + 1 + i) == -(position + 2 + i);
            ring.copy(position + 1 + i, 1, payload, i * PAYLOAD_WORDS, PAYLOAD_WORDS);
        }
        VarHandle.acquireFence();
        for (int i = 0; i < more && sane; i++) {
            sane = ring.stamp(position + 1 + i) == -(position + 2 + i);
        }
        if (!sane || ring.stamp(position) != stamp) {
            skipTo(position + 1);
            return null;
        }
        position += 1 + more;
        return new TraceRecord(
                TraceKind.of(code),
                (int) (head[2] >>> 8) & 0xffffff,
                head[3],
                head[4],
                head[5],
                head[1],
                head[6],
                head[7],
                MemorySegment.ofArray(payload).asSlice(0, kept));
    }

    /** Waits for a record. @return null if there was none in time, or the thread was interrupted */
    public @Nullable TraceRecord take(long timeoutNanos) {
        long begun = System.nanoTime();
        long pause = FIRST_PAUSE_NANOS;
        while (true) {
            TraceRecord record = poll();
            if (record != null
                    || System.nanoTime() - begun >= timeoutNanos
                    || Thread.currentThread().isInterrupted()) {
                return record;
            }
            LockSupport.parkNanos(pause);
            pause = Math.min(pause * 2, LAST_PAUSE_NANOS);
        }
    }

    /** How many slots were used again before they were read, since this was last asked. A record takes one slot and more for its payload. */
    public long takeLost() {
        long was = lost;
        lost = 0;
        return was;
    }

    /** With the last reader the ring goes too. */
    @Override
    public void close() {
        if (!closed) {
            closed = true;
            trace.readerClosed();
        }
    }
}
