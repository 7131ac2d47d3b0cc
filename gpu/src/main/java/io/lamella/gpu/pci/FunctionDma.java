// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.pci;

import io.lamella.pci.DmaAccess;
import io.lamella.pci.DmaFaultException;
import io.lamella.pci.DmaListener;
import io.lamella.pci.DmaRegion;
import io.lamella.pci.DmaSpace;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A function's memory: the other side's while it is connected and the function may master the bus, nothing otherwise. */
public final class FunctionDma implements DmaSpace {
    private static final int CHANGE_SHIFT = 40;

    private final List<DmaListener> listeners = new ArrayList<>();
    // Guarded by this; what the accesses use is "usable", which is "connected" while mastering is allowed.
    private @Nullable DmaSpace connected;
    private boolean allowed;
    private volatile @Nullable DmaSpace usable;
    private volatile long changes;

    FunctionDma() {}

    /** @throws IllegalStateException if there is memory already */
    synchronized void connect(DmaSpace space) {
        if (connected != null) {
            throw new IllegalStateException("The function is connected already; disconnect it first.");
        }
        connected = space;
        listeners.forEach(space::addListener);
        update();
    }

    /** Later accesses fault; those under way are the caller's to wait for. */
    synchronized void disconnect() {
        DmaSpace space = connected;
        if (space == null) {
            return;
        }
        connected = null;
        update();
        for (DmaListener listener : listeners) {
            space.removeListener(listener);
            space.regions().forEach(listener::unmapped);
        }
    }

    synchronized boolean isConnected() {
        return connected != null;
    }

    /** Whether the function may master the bus. */
    synchronized void allow(boolean nowAllowed) {
        if (nowAllowed != allowed) {
            allowed = nowAllowed;
            update();
        }
    }

    private synchronized void update() {
        changes = changes + 1;
        usable = allowed ? connected : null;
    }

    private DmaSpace space(long iova, long sizeBytes, DmaAccess access) {
        DmaSpace space = usable;
        if (space == null) {
            throw new DmaFaultException(
                    iova, sizeBytes, access, "the function is not connected or may not master the bus");
        }
        return space;
    }

    @Override
    public void read(long iova, MemorySegment destination) {
        space(iova, destination.byteSize(), DmaAccess.READ).read(iova, destination);
    }

    @Override
    public void write(long iova, MemorySegment source) {
        space(iova, source.byteSize(), DmaAccess.WRITE).write(iova, source);
    }

    @Override
    public int readInt(long iova) {
        return space(iova, 4, DmaAccess.READ).readInt(iova);
    }

    @Override
    public long readLong(long iova) {
        return space(iova, 8, DmaAccess.READ).readLong(iova);
    }

    @Override
    public void writeInt(long iova, int value) {
        space(iova, 4, DmaAccess.WRITE).writeInt(iova, value);
    }

    @Override
    public void writeLong(long iova, long value) {
        space(iova, 8, DmaAccess.WRITE).writeLong(iova, value);
    }

    @Override
    public @Nullable MemorySegment segment(long iova, long sizeBytes, DmaAccess access) {
        DmaSpace space = usable;
        return space == null ? null : space.segment(iova, sizeBytes, access);
    }

    @Override
    public long generation() {
        DmaSpace space = usable;
        return (changes << CHANGE_SHIFT) + (space == null ? 0 : space.generation());
    }

    @Override
    public @Nullable DmaRegion region(long iova) {
        DmaSpace space = usable;
        return space == null ? null : space.region(iova);
    }

    @Override
    public List<DmaRegion> regions() {
        DmaSpace space = usable;
        return space == null ? List.of() : space.regions();
    }

    @Override
    public synchronized void addListener(DmaListener listener) {
        listeners.add(listener);
        if (connected != null) {
            connected.addListener(listener);
        }
    }

    @Override
    public synchronized void removeListener(DmaListener listener) {
        listeners.remove(listener);
        if (connected != null) {
            connected.removeListener(listener);
        }
    }
}
