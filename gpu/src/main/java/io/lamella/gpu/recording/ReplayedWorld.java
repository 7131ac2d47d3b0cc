// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.recording;

import io.lamella.gpu.recording.RecordedEvent.EventType;
import io.lamella.pci.DmaAccess;
import io.lamella.pci.DmaFaultException;
import io.lamella.pci.DmaListener;
import io.lamella.pci.DmaRegion;
import io.lamella.pci.DmaSpace;
import io.lamella.pci.InterruptKind;
import io.lamella.pci.InterruptSink;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * The driver's memory and interrupt sink as a function in replay meets them. Reads are answered from the recording, writes and interrupts are
 * compared with it. Any thread; nobody waits.
 */
final class ReplayedWorld implements DmaSpace, InterruptSink {
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** How many things the function may do before their time. */
    private static final int MAX_EARLY = 4096;

    /** How many accesses before its time something may be done. */
    private static final long MAX_EARLY_ACCESSES = 4096;

    private record Place(long iova, int sizeBytes) {}

    private record Early(long access, long timeNanos, RecordedEvent event) {}

    private final Group.Window window;
    private final MessageNames names = new MessageNames();
    private final MemoryImage image = new MemoryImage();
    private final Map<Place, Queue<byte[]>> reads = new HashMap<>();
    private final Map<Place, Integer> faults = new HashMap<>();
    private final List<RecordedEvent> expected = new ArrayList<>();
    private final List<Early> early = new ArrayList<>();
    private final TreeMap<Long, DmaRegion> regions = new TreeMap<>(Long::compareUnsigned);
    private final List<DmaListener> listeners = new CopyOnWriteArrayList<>();
    private long access;
    private long timeNanos;
    private long generation;
    private long readCount;
    private long writeCount;
    private long interruptCount;
    private ReplayReport.@Nullable Difference difference;

    ReplayedWorld(Group.Window window) {
        this.window = window;
    }

    // What the replay does.

    /** Gets ready for an access. */
    synchronized void begin(Group group) {
        access = group.number();
        timeNanos = group.access() == null ? timeNanos : group.access().timeNanos();
        reads.clear();
        faults.clear();
        for (RecordedEvent event : group.done()) {
            switch (event.type()) {
                case DMA_READ -> {
                    names.see(event.data());
                    Queue<byte[]> there = reads.computeIfAbsent(
                            new Place(event.address(), event.data().length), ignored -> new ArrayDeque<>());
                    if (there.isEmpty()) {
                        image.put(event.address(), event.data());
                    }
                    there.add(event.data());
                }
                case DMA_READ_FAULT, DMA_WRITE_FAULT ->
                    faults.merge(new Place(event.address(), (int) event.size()), 1, Integer::sum);
                case DMA_WRITE, INTERRUPT, PIN -> expect(event);
                case MAP -> map(event);
                case UNMAP -> unmap(event);
                default -> {}
            }
        }
        if (!early.isEmpty() && early.getFirst().access < access - MAX_EARLY_ACCESSES) {
            unexpected(early.getFirst());
        }
    }

    private void expect(RecordedEvent event) {
        for (Iterator<Early> there = early.iterator(); there.hasNext(); ) {
            RecordedEvent was = there.next().event;
            if (isSamePlace(was, event) && Arrays.equals(was.data(), event.data())) {
                there.remove();
                count(event);
                return;
            }
        }
        expected.add(event);
    }

    private static boolean isSamePlace(RecordedEvent one, RecordedEvent other) {
        return one.type() == other.type()
                && one.address() == other.address()
                && one.size() == other.size()
                && one.value() == other.value()
                && one.data().length == other.data().length;
    }

    private void map(RecordedEvent event) {
        DmaRegion region = new DmaRegion(event.address(), event.size(), Codes.access(event.value()), null, -1, 0);
        regions.put(event.address(), region);
        generation++;
        listeners.forEach(listener -> listener.mapped(region));
    }

    private void unmap(RecordedEvent event) {
        DmaRegion region = regions.remove(event.address());
        generation++;
        if (region != null) {
            listeners.forEach(listener -> listener.unmapped(region));
        }
    }

    /** Whether the function has done all that it did then. */
    synchronized boolean isDone() {
        return expected.isEmpty() || difference != null;
    }

    /** It will not do what is missing any more. */
    synchronized void giveUp() {
        if (!expected.isEmpty()) {
            RecordedEvent missing = expected.getFirst();
            found(access, timeNanos, names.what(missing), names.describe(missing), "nothing");
        }
    }

    /** Nothing comes any more: what was done before its time was not to be done at all. */
    synchronized void end() {
        if (!early.isEmpty()) {
            unexpected(early.getFirst());
        }
    }

    private void unexpected(Early one) {
        found(one.access, one.timeNanos, names.what(one.event), "nothing", names.describe(one.event));
    }

    /** Keeps the difference that came first in the recording. */
    synchronized void found(long atAccess, long atNanos, String what, String wanted, String got) {
        if (difference == null || atAccess < difference.access()) {
            difference = new ReplayReport.Difference(atAccess, atNanos, what, wanted, got);
        }
    }

    synchronized ReplayReport.@Nullable Difference difference() {
        return difference;
    }

    synchronized ReplayReport report(long accesses, long late, boolean complete) {
        return new ReplayReport(accesses, readCount, writeCount, interruptCount, late, complete, difference);
    }

    // What the function does.

    private void count(RecordedEvent event) {
        if (event.type() == EventType.DMA_WRITE) {
            writeCount++;
        } else {
            interruptCount++;
        }
    }

    private synchronized void happened(RecordedEvent event) {
        for (Iterator<RecordedEvent> there = expected.iterator(); there.hasNext(); ) {
            RecordedEvent wanted = there.next();
            if (isSamePlace(wanted, event)) {
                there.remove();
                count(event);
                if (!Arrays.equals(wanted.data(), event.data())) {
                    names.difference(wanted, event, (what, one, other) -> found(access, timeNanos, what, one, other));
                }
                return;
            }
        }
        early.add(new Early(access, timeNanos, event));
        if (early.size() > MAX_EARLY) {
            unexpected(early.getFirst());
            early.clear();
        }
    }

    private synchronized byte[] answer(long iova, int sizeBytes) {
        Place place = new Place(iova, sizeBytes);
        fault(place, DmaAccess.READ);
        readCount++;
        Queue<byte[]> recorded = reads.get(place);
        byte[] data = recorded == null ? null : recorded.poll();
        if (data != null) {
            image.put(iova, data);
            return data;
        }
        byte[] known = new byte[sizeBytes];
        if (image.get(iova, known)) {
            return known;
        }
        for (Group group : window.ahead()) {
            for (RecordedEvent event : group.done()) {
                if (event.type() == EventType.DMA_READ && event.address() == iova && event.data().length == sizeBytes) {
                    return event.data();
                }
            }
        }
        found(
                access,
                timeNanos,
                "guest memory at 0x" + Long.toHexString(iova),
                "it not to be read",
                "a read of " + sizeBytes + " bytes");
        return known;
    }

    private void fault(Place place, DmaAccess kind) {
        Integer left = faults.get(place);
        if (left != null) {
            if (left == 1) {
                faults.remove(place);
            } else {
                faults.put(place, left - 1);
            }
            throw new DmaFaultException(place.iova, place.sizeBytes, kind, "so it was when this was recorded");
        }
    }

    private void written(long iova, MemorySegment source) {
        int limit = RecordingFormat.MAX_DATA_BYTES;
        for (long done = 0; done == 0 || done < source.byteSize(); done += limit) {
            byte[] data = source.asSlice(done, Math.min(limit, source.byteSize() - done))
                    .toArray(ValueLayout.JAVA_BYTE);
            synchronized (this) {
                fault(new Place(iova + done, data.length), DmaAccess.WRITE);
                image.put(iova + done, data);
                happened(new RecordedEvent(EventType.DMA_WRITE, 0, 0, iova + done, 0, 0, data));
            }
        }
    }

    @Override
    public void read(long iova, MemorySegment destination) {
        long limit = RecordingFormat.MAX_DATA_BYTES;
        for (long done = 0; done < destination.byteSize(); done += limit) {
            int piece = (int) Math.min(limit, destination.byteSize() - done);
            MemorySegment.copy(MemorySegment.ofArray(answer(iova + done, piece)), 0, destination, done, piece);
        }
    }

    @Override
    public void write(long iova, MemorySegment source) {
        written(iova, source);
    }

    @Override
    public int readInt(long iova) {
        return MemorySegment.ofArray(answer(iova, Integer.BYTES)).get(INT, 0);
    }

    @Override
    public long readLong(long iova) {
        return MemorySegment.ofArray(answer(iova, Long.BYTES)).get(LONG, 0);
    }

    @Override
    public void writeInt(long iova, int value) {
        written(iova, RecordedDma.bytes(value));
    }

    @Override
    public void writeLong(long iova, long value) {
        written(iova, RecordedDma.bytes(value));
    }

    @Override
    public @Nullable MemorySegment segment(long iova, long sizeBytes, DmaAccess kind) {
        return null;
    }

    @Override
    public synchronized long generation() {
        return generation;
    }

    @Override
    public synchronized List<DmaRegion> regions() {
        return List.copyOf(regions.values());
    }

    @Override
    public void addListener(DmaListener listener) {
        listeners.add(listener);
        regions().forEach(listener::mapped);
    }

    @Override
    public void removeListener(DmaListener listener) {
        listeners.remove(listener);
    }

    @Override
    public void signal(InterruptKind kind, int vector) {
        happened(new RecordedEvent(EventType.INTERRUPT, 0, 0, 0, Codes.of(kind), vector, RecordedEvent.NO_DATA));
    }

    @Override
    public void setPin(boolean asserted) {
        happened(new RecordedEvent(EventType.PIN, 0, 0, 0, 0, asserted ? 1 : 0, RecordedEvent.NO_DATA));
    }
}
