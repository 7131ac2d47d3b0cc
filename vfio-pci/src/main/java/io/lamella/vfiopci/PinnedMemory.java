// SPDX-License-Identifier: Apache-2.0
package io.lamella.vfiopci;

import io.lamella.linux.Errno;
import io.lamella.linux.MappedMemory;
import io.lamella.pci.DmaAllocator;
import io.lamella.pci.DmaBuffer;
import io.lamella.pci.IovaSpace;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Memory that the device can reach. Every buffer is a mapping of its own, so none shares a page with anything else of this process; large
 * ones ask for huge pages, which the IOMMU then translates with one entry.
 */
final class PinnedMemory implements DmaAllocator {
    private static final int PAGE_BYTES = 4096;
    private static final long HUGE_BYTES = 2 << 20;
    private static final long LARGEST_BYTES = 1L << 40;

    private final HostDevice host;
    private final IommuSpace space;
    private final IovaSpace iovas;
    private final List<Buffer> buffers = new ArrayList<>();

    PinnedMemory(HostDevice host, IommuSpace space) {
        this.host = host;
        this.space = space;
        this.iovas = new IovaSpace();
        iovas.confine(space.ranges().stream()
                .map(range -> new IovaSpace.Range(range.first(), range.last()))
                .toList());
    }

    @Override
    public DmaBuffer allocate(long sizeBytes, long alignmentBytes) {
        if (sizeBytes <= 0 || sizeBytes > LARGEST_BYTES) {
            throw new IllegalArgumentException("A DMA buffer of " + sizeBytes + " bytes: it must be 1 to 2^40.");
        }
        long size = (sizeBytes + PAGE_BYTES - 1) & -PAGE_BYTES;
        long alignment = size >= HUGE_BYTES ? HUGE_BYTES : PAGE_BYTES;
        long iova = iovas.allocate(size, Math.max(alignment, alignmentBytes));
        Arena arena = Arena.ofShared();
        try {
            // Huge pages need an aligned address, which a mapping of one more has somewhere.
            MemorySegment mapped = MappedMemory.anonymous(size + (alignment == PAGE_BYTES ? 0 : alignment), arena);
            MemorySegment memory = mapped.asSlice((alignment - mapped.address() % alignment) % alignment, size);
            if (alignment == HUGE_BYTES) {
                // Where there are none, small ones do.
                boolean _ = MappedMemory.preferHugePages(memory);
            }
            int result = space.map(memory.address(), size, iova);
            if (result < 0) {
                throw Refusals.pinning(host, size, -result);
            }
            Buffer buffer = new Buffer(iova, memory, arena);
            synchronized (buffers) {
                buffers.add(buffer);
            }
            return buffer;
        } catch (RuntimeException | Error e) {
            arena.close();
            iovas.free(iova, size);
            throw e;
        }
    }

    private final class Buffer implements DmaBuffer {
        private final long iova;
        private final MemorySegment memory;
        private final Arena arena;
        private final AtomicBoolean freed = new AtomicBoolean();

        Buffer(long iova, MemorySegment memory, Arena arena) {
            this.iova = iova;
            this.memory = memory;
            this.arena = arena;
        }

        @Override
        public long iova() {
            return iova;
        }

        @Override
        public MemorySegment memory() {
            return memory;
        }

        @Override
        public void close() {
            if (!freed.compareAndSet(false, true)) {
                return;
            }
            synchronized (buffers) {
                buffers.remove(this);
            }
            int result = space.unmap(iova, memory.byteSize());
            if (result < 0) {
                // Then the device can still reach the pages. They are pinned, so nobody else gets them; the address is
                // not used again.
                throw new DeviceRefusedException(host.describe() + " keeps " + memory.byteSize()
                        + " bytes of memory mapped: the kernel did not unmap them: " + Errno.describe(-result) + ".");
            }
            iovas.free(iova, memory.byteSize());
            arena.close();
        }
    }

    /** Frees what was not freed. */
    void close() {
        List<Buffer> left;
        synchronized (buffers) {
            left = List.copyOf(buffers);
        }
        left.forEach(Buffer::close);
    }
}
