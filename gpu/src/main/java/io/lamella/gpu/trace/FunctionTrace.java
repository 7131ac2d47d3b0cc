// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.trace;

import io.lamella.gpu.host.FaultReport;
import io.lamella.hw.gsp.GspAbi;
import io.lamella.pci.InterruptKind;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Where a function's parts say what happens. While nobody reads there is no ring, and each of the methods below is one load and a comparison
 * with null. Any thread.
 */
@SuppressWarnings("EnumOrdinal") // The numbers live no longer than the ring.
public final class FunctionTrace {
    /** 8 MiB, while somebody reads: at a driver's pace in a VM that is many seconds of registers. */
    private static final int SLOTS = 1 << 17;

    private final LongSupplier clock;
    private volatile @Nullable TraceRing ring;
    private int readers;

    /** @param clock nanoseconds that never go backwards */
    public FunctionTrace(LongSupplier clock) {
        this.clock = clock;
    }

    /** Where to write, or null while nobody reads. */
    public @Nullable TraceRing ring() {
        return ring;
    }

    /**
     * Begins to read.
     *
     * @param memory whether accesses to memory are wanted; another reader may want them anyway
     */
    public synchronized TraceReader open(boolean memory) {
        TraceRing now = ring;
        if (now == null) {
            now = new TraceRing(SLOTS, clock);
            ring = now;
        }
        if (memory) {
            now.wantMemory();
        }
        readers++;
        return new TraceReader(this, now);
    }

    /** Begins to read, with names. */
    public TraceFeed feed(TraceFilter filter) {
        long now = clock.getAsLong();
        return new TraceFeed(open(filter.kinds().contains(TraceEvent.Kind.MEMORY)), now, filter);
    }

    synchronized void readerClosed() {
        if (--readers == 0) {
            ring = null;
        }
    }

    /** When something began, for the methods that say how long it took; 0 while nobody reads. */
    public long begin() {
        TraceRing now = ring;
        return now == null ? 0 : now.now();
    }

    /** A message from the driver. */
    public void call(@Nullable GspAbi abi, int function, int sequence, MemorySegment payload) {
        TraceRing now = ring;
        if (now != null) {
            now.put(TraceKind.CALL, TraceDecoder.releaseCode(abi), function, sequence, 0, now.now(), 0, payload);
        }
    }

    /**
     * Its answer.
     *
     * @param beginNanos what {@link #begin} said when the message came
     */
    public void reply(
            @Nullable GspAbi abi, int function, int sequence, int result, MemorySegment payload, long beginNanos) {
        TraceRing now = ring;
        if (now != null) {
            long time = now.now();
            long begun = beginNanos == 0 ? time : beginNanos;
            now.put(
                    TraceKind.REPLY,
                    TraceDecoder.releaseCode(abi),
                    function,
                    sequence,
                    result,
                    begun,
                    time - begun,
                    payload);
        }
    }

    /** A message of the GSP's own accord. */
    public void event(@Nullable GspAbi abi, int number, MemorySegment payload) {
        TraceRing now = ring;
        if (now != null) {
            now.put(TraceKind.EVENT, TraceDecoder.releaseCode(abi), number, 0, 0, now.now(), 0, payload);
        }
    }

    /** A step of the boot. */
    public void boot(BootStep step, String unit, long argument, long result) {
        TraceRing now = ring;
        if (now != null) {
            now.put(TraceKind.BOOT, 0, step.ordinal(), argument, result, now.now(), 0, text(unit));
        }
    }

    /** A vector became pending. */
    public void vector(int vector) {
        TraceRing now = ring;
        if (now != null) {
            now.put(TraceKind.VECTOR, 0, vector, 0, now.now(), 0);
        }
    }

    /** The function interrupted, or changed the level of its pin. */
    public void interrupt(InterruptKind kind, int vectorOrLevel) {
        TraceRing now = ring;
        if (now != null) {
            now.put(TraceKind.INTERRUPT, 0, kind.ordinal(), vectorOrLevel, now.now(), 0);
        }
    }

    /** A channel was stopped. */
    public void fault(FaultReport report) {
        TraceRing now = ring;
        if (now != null) {
            now.put(
                    TraceKind.FAULT,
                    report.faultType(),
                    report.channelId(),
                    report.xid(),
                    report.address(),
                    now.now(),
                    0,
                    text(report.runlist().name() + "\n" + report.sentence()));
        }
    }

    /** Something happened to the function as a whole. */
    public void life(LifeStep step) {
        TraceRing now = ring;
        if (now != null) {
            now.put(TraceKind.LIFE, 0, step.ordinal(), 0, now.now(), 0);
        }
    }

    private static MemorySegment text(String words) {
        return MemorySegment.ofArray(words.getBytes(StandardCharsets.UTF_8));
    }
}
