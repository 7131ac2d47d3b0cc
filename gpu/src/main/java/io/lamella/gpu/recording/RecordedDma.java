// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.recording;

import io.lamella.gpu.recording.RecordedEvent.EventType;
import io.lamella.pci.DmaAccess;
import io.lamella.pci.DmaFaultException;
import io.lamella.pci.DmaListener;
import io.lamella.pci.DmaRegion;
import io.lamella.pci.DmaSpace;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** A driver's memory on whose way everything is recorded. Nothing of it can be used directly. Any thread. */
final class RecordedDma implements DmaSpace, DmaListener {
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final DmaSpace space;
    private final RecordingWriter writer;
    private final List<DmaListener> listeners = new CopyOnWriteArrayList<>();

    RecordedDma(DmaSpace space, RecordingWriter writer) {
        this.space = space;
        this.writer = writer;
        space.addListener(this);
    }

    void close() {
        space.removeListener(this);
    }

    private static DmaRegion indirect(DmaRegion region) {
        return new DmaRegion(region.iova(), region.sizeBytes(), region.access(), null, -1, 0);
    }

    @Override
    public void mapped(DmaRegion region) {
        writer.add(EventType.MAP, 0, 0, region.iova(), region.sizeBytes(), Codes.of(region.access()));
        listeners.forEach(listener -> listener.mapped(indirect(region)));
    }

    @Override
    public void unmapped(DmaRegion region) {
        writer.add(EventType.UNMAP, 0, 0, region.iova(), region.sizeBytes(), 0);
        listeners.forEach(listener -> listener.unmapped(indirect(region)));
    }

    private DmaFaultException failed(DmaFaultException fault, EventType type, long iova, long sizeBytes) {
        writer.add(type, 0, 0, iova, sizeBytes, 0);
        return fault;
    }

    @Override
    public void read(long iova, MemorySegment destination) {
        try {
            space.read(iova, destination);
        } catch (DmaFaultException e) {
            throw failed(e, EventType.DMA_READ_FAULT, iova, destination.byteSize());
        }
        writer.add(EventType.DMA_READ, 0, 0, iova, destination);
    }

    @Override
    public void write(long iova, MemorySegment source) {
        try {
            space.write(iova, source);
        } catch (DmaFaultException e) {
            throw failed(e, EventType.DMA_WRITE_FAULT, iova, source.byteSize());
        }
        writer.add(EventType.DMA_WRITE, 0, 0, iova, source);
    }

    // Scalars go to the space as scalars, since it may carry them out differently.

    @Override
    public int readInt(long iova) {
        int value;
        try {
            value = space.readInt(iova);
        } catch (DmaFaultException e) {
            throw failed(e, EventType.DMA_READ_FAULT, iova, Integer.BYTES);
        }
        writer.add(EventType.DMA_READ, 0, 0, iova, bytes(value));
        return value;
    }

    @Override
    public long readLong(long iova) {
        long value;
        try {
            value = space.readLong(iova);
        } catch (DmaFaultException e) {
            throw failed(e, EventType.DMA_READ_FAULT, iova, Long.BYTES);
        }
        writer.add(EventType.DMA_READ, 0, 0, iova, bytes(value));
        return value;
    }

    @Override
    public void writeInt(long iova, int value) {
        try {
            space.writeInt(iova, value);
        } catch (DmaFaultException e) {
            throw failed(e, EventType.DMA_WRITE_FAULT, iova, Integer.BYTES);
        }
        writer.add(EventType.DMA_WRITE, 0, 0, iova, bytes(value));
    }

    @Override
    public void writeLong(long iova, long value) {
        try {
            space.writeLong(iova, value);
        } catch (DmaFaultException e) {
            throw failed(e, EventType.DMA_WRITE_FAULT, iova, Long.BYTES);
        }
        writer.add(EventType.DMA_WRITE, 0, 0, iova, bytes(value));
    }

    static MemorySegment bytes(int value) {
        MemorySegment bytes = MemorySegment.ofArray(new byte[Integer.BYTES]);
        bytes.set(INT, 0, value);
        return bytes;
    }

    static MemorySegment bytes(long value) {
        MemorySegment bytes = MemorySegment.ofArray(new byte[Long.BYTES]);
        bytes.set(LONG, 0, value);
        return bytes;
    }

    @Override
    public @Nullable MemorySegment segment(long iova, long sizeBytes, DmaAccess access) {
        return null;
    }

    @Override
    public long generation() {
        return space.generation();
    }

    @Override
    public List<DmaRegion> regions() {
        return space.regions().stream().map(RecordedDma::indirect).toList();
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
}
