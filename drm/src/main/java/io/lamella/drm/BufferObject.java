// SPDX-License-Identifier: Apache-2.0
package io.lamella.drm;

import io.lamella.core.BarMapping;
import io.lamella.core.CoreError;
import io.lamella.core.CoreException;
import io.lamella.core.FbRange;
import io.lamella.core.GpuMemory;
import io.lamella.core.HostMemory;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Memory of a file. The CPU reaches it with {@link #read} and {@link #write}: frame buffer through BAR1, which is mapped when first needed,
 * the host's memory directly. The GPU reaches it where it is bound in the VM; closing it leaves binds as they are, and the memory goes back
 * when the last is gone too.
 */
public final class BufferObject implements AutoCloseable {
    /** Where it is. */
    public enum Placement {
        /** Frame buffer. */
        VRAM,
        /** The host's memory, which the GPU reaches by DMA. */
        GART
    }

    private final RenderFile file;
    private final Placement placement;
    private final GpuMemory memory;
    private final long sizeBytes;
    // Guarded by the device's lock.
    private int references = 1;
    private boolean closed;
    /** Guarded by this. */
    private @Nullable BarMapping mapping;

    BufferObject(RenderFile file, Placement placement, GpuMemory memory) {
        this.file = file;
        this.placement = placement;
        this.memory = memory;
        this.sizeBytes = memory.sizeBytes();
    }

    RenderFile file() {
        return file;
    }

    GpuMemory memory() {
        return memory;
    }

    public Placement placement() {
        return placement;
    }

    public long sizeBytes() {
        return sizeBytes;
    }

    /** The host's memory itself, until the buffer is gone; empty for frame buffer, which is no memory of the CPU's. */
    public Optional<MemorySegment> segment() {
        checkOpen();
        return memory instanceof HostMemory host ? Optional.of(host.memory()) : Optional.empty();
    }

    /** Copies out of it. @throws IndexOutOfBoundsException outside of it */
    public void read(long offset, MemorySegment destination) {
        long checked = Objects.checkFromIndexSize(offset, destination.byteSize(), sizeBytes);
        if (memory instanceof HostMemory host) {
            MemorySegment.copy(hostMemory(host), checked, destination, 0, destination.byteSize());
        } else {
            mapping().read(checked, destination);
        }
    }

    /** Copies into it. @throws IndexOutOfBoundsException outside of it */
    public void write(long offset, MemorySegment source) {
        long checked = Objects.checkFromIndexSize(offset, source.byteSize(), sizeBytes);
        if (memory instanceof HostMemory host) {
            MemorySegment.copy(source, 0, hostMemory(host), checked, source.byteSize());
        } else {
            mapping().write(checked, source);
        }
    }

    private MemorySegment hostMemory(HostMemory host) {
        checkOpen();
        return host.memory();
    }

    private synchronized BarMapping mapping() {
        checkOpen();
        BarMapping known = mapping;
        if (known == null) {
            known = file.device().session().map((FbRange) memory);
            mapping = known;
        }
        return known;
    }

    /** Takes BAR1 back; the next {@link #read} or {@link #write} maps again. For users of many large buffers. */
    public synchronized void unmap() {
        if (mapping != null) {
            mapping.close();
            mapping = null;
        }
    }

    private void checkOpen() {
        file.device().locked(() -> {
            file.device().checkUsable();
            if (closed) {
                throw new CoreException(CoreError.CLOSED, "The buffer is closed.");
            }
            return closed;
        });
    }

    /** With the lock: a bind needs it. @throws CoreException {@code CLOSED} */
    void hold() {
        if (closed) {
            throw new CoreException(CoreError.CLOSED, "The buffer is closed.");
        }
        references++;
    }

    /** Without the lock: a bind, or the user, no longer needs it. */
    void letGo() {
        boolean last = file.device().locked(() -> {
            references--;
            return references == 0;
        });
        if (last) {
            memory.close();
            file.device().change(() -> file.release(placement, sizeBytes));
        }
    }

    /** Without effect the second time. */
    @Override
    public void close() {
        boolean first = file.device().locked(() -> {
            boolean was = closed;
            closed = true;
            file.remove(this);
            return !was;
        });
        if (first) {
            unmap();
            letGo();
        }
    }
}
