// SPDX-License-Identifier: Apache-2.0
package io.lamella.vfiouser.server;

import io.lamella.linux.Errno;
import io.lamella.linux.Fd;
import io.lamella.linux.FileStatus;
import io.lamella.linux.LinuxException;
import io.lamella.linux.MappedMemory;
import io.lamella.pci.DmaAccess;
import io.lamella.pci.DmaMap;
import io.lamella.pci.DmaMapException;
import io.lamella.pci.DmaRegion;
import io.lamella.vfiouser.wire.MessageInput;
import io.lamella.vfiouser.wire.Wire;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The client's memory. What comes with a descriptor is mapped, each region with an arena of its own, so that using it after its
 * unmapping is an exception and never a crash. What comes without is reached by messages. Mapped and unmapped by the session's thread.
 */
final class GuestMemory extends DmaMap implements ClientMemory {
    private static final long RELEASE_LIMIT_MILLIS = 1000;
    // How long after an unmapping an access waits for the memory to come back. QEMU unmaps and maps in one go, but may
    // lose its CPU in between on a busy machine.
    private static final long GAP_NANOS = 500_000_000;
    private static final long LOOK_NANOS = 200_000;

    // Between these the C library's copy is worth its call; the Java machine's is as fast or faster below and above.
    private static final long STEADY_COPY_FROM_BYTES = 24 << 10;
    private static final long STEADY_COPY_BELOW_BYTES = 1 << 20;

    /** What holds a region's memory; the key is its first address, unique among the regions. */
    private record Holder(Arena arena, Fd fd) {}

    private final MessageDma messages;
    private final Counters counters;
    private final Complaints complaints;
    private final Map<Long, Holder> holders = new HashMap<>();
    // Memory that somebody was still using when it was unmapped; released at the end.
    private final List<Holder> late = new ArrayList<>();
    private final long sessionThreadId = Thread.currentThread().threadId();
    private volatile long lastUnmapNanos = System.nanoTime() - GAP_NANOS;

    GuestMemory(int maxRegions, MessageDma messages, Counters counters, Complaints complaints) {
        super(maxRegions);
        this.messages = messages;
        this.counters = counters;
        this.complaints = complaints;
    }

    /** DMA_MAP. @return 0 or a negative error number */
    int map(MemorySegment payload, long at, MessageInput input) {
        int flags = payload.get(Wire.U32, at + Wire.FLAGS);
        long offset = payload.get(Wire.U64, at + Wire.DMA_MAP_OFFSET);
        long address = payload.get(Wire.U64, at + Wire.DMA_MAP_ADDRESS);
        long size = payload.get(Wire.U64, at + Wire.DMA_MAP_SIZE);
        DmaAccess access = access(flags);
        if (Integer.compareUnsigned(payload.get(Wire.U32, at + Wire.ARGSZ), Wire.DMA_MAP_BYTES) < 0
                || (flags & ~Wire.DMA_KNOWN_FLAGS) != 0
                || access == null
                || size == 0
                || Long.compareUnsigned(address + (size - 1), address) < 0
                || input.fdCount() > 1) {
            return -Errno.EINVAL.number();
        }
        if (input.fdCount() == 0) {
            return add(new DmaRegion(address, size, access, null, -1, 0));
        }
        Fd fd = input.takeFd();
        Arena arena = Arena.ofShared();
        int result = -Errno.EINVAL.number();
        try {
            FileStatus status = fd.status();
            if (status.kind() == FileStatus.Kind.REGULAR
                    && isOnSafeGround(fd)
                    && offset >= 0
                    && size > 0
                    && offset <= status.sizeBytes()
                    && size <= status.sizeBytes() - offset) {
                MemorySegment memory = MappedMemory.map(fd, offset, size, protection(access), arena);
                result = add(new DmaRegion(
                        address, size, access, memory, fd.number(), offset, MappedMemory.staysMapped(fd)));
                if (result == 0) {
                    holders.put(address, new Holder(arena, fd));
                }
            }
        } catch (LinuxException e) {
            result = -e.errno();
        } finally {
            if (result != 0) {
                arena.close();
                fd.close();
            }
        }
        return result;
    }

    /**
     * A page fault in a file that another process serves waits for that process, and with this thread every thread of this one that wants a
     * garbage collection: one client could stop the devices of all.
     */
    private boolean isOnSafeGround(Fd fd) {
        if (fd.fileSystem().answersByItself()) {
            return true;
        }
        complaints.say(
                "The client's memory is a file of a kind that another process may serve (FUSE, a network, a stack of file"
                        + " systems), and is refused; memory-backend-memfd will do, or a file on tmpfs, hugetlbfs, ext4, XFS, Btrfs or"
                        + " F2FS.");
        return false;
    }

    private int add(DmaRegion region) {
        try {
            map(region);
            counters.add(Counters.DMA_MAPS, 1);
            return 0;
        } catch (DmaMapException e) {
            return -switch (e.reason()) {
                case INVALID -> Errno.EINVAL.number();
                case OVERLAP -> Errno.EEXIST.number();
                case TOO_MANY -> Errno.ENOSPC.number();
            };
        }
    }

    private static @Nullable DmaAccess access(int flags) {
        return switch (flags & (Wire.DMA_READABLE | Wire.DMA_WRITABLE)) {
            case Wire.DMA_READABLE -> DmaAccess.READ;
            case Wire.DMA_WRITABLE -> DmaAccess.WRITE;
            case Wire.DMA_READABLE | Wire.DMA_WRITABLE -> DmaAccess.READ_WRITE;
            default -> null;
        };
    }

    private static MappedMemory.Protection protection(DmaAccess access) {
        return switch (access) {
            case READ -> MappedMemory.Protection.READ;
            case WRITE -> MappedMemory.Protection.WRITE;
            case READ_WRITE -> MappedMemory.Protection.READ_WRITE;
        };
    }

    /** DMA_UNMAP. On return nothing of the regions is mapped in this process any more. @return 0 or a negative error number */
    int unmap(MemorySegment payload, long at) {
        int flags = payload.get(Wire.U32, at + Wire.FLAGS);
        long address = payload.get(Wire.U64, at + Wire.DMA_UNMAP_ADDRESS);
        long size = payload.get(Wire.U64, at + Wire.DMA_UNMAP_SIZE);
        if (Integer.compareUnsigned(payload.get(Wire.U32, at + Wire.ARGSZ), Wire.DMA_UNMAP_BYTES) < 0) {
            return -Errno.EINVAL.number();
        }
        if (flags == Wire.DMA_UNMAP_DIRTY_BITMAP) {
            return -Errno.EOPNOTSUPP.number();
        }
        if (flags == Wire.DMA_UNMAP_ALL) {
            if (address != 0 || size != 0) {
                return -Errno.EINVAL.number();
            }
            return releaseAll() ? 0 : -Errno.EBUSY.number();
        }
        if (flags != 0 || size == 0) {
            return -Errno.EINVAL.number();
        }
        if (Long.compareUnsigned(address + (size - 1), address) < 0) {
            return -Errno.EINVAL.number();
        }
        lastUnmapNanos = System.nanoTime();
        return unmapRange(payload, at, address, size);
    }

    /**
     * As the kernel's own VFIO does: every region that lies inside of the range goes, and a range that would cut one is refused. A client with
     * an IOMMU for its guest sends ranges of powers of two, over many mappings or none. The reply's size is what was unmapped.
     */
    private int unmapRange(MemorySegment payload, long at, long address, long size) {
        List<DmaRegion> inside = regionsIn(address, size);
        if (inside == null) {
            return -Errno.EINVAL.number();
        }
        long unmapped = 0;
        boolean released = true;
        for (DmaRegion region : inside) {
            unmap(region.iova(), region.sizeBytes());
            counters.add(Counters.DMA_MAPS, -1);
            unmapped += region.sizeBytes();
            Holder holder = holders.remove(region.iova());
            released &= holder == null || release(holder);
        }
        payload.set(Wire.U64, at + Wire.DMA_UNMAP_SIZE, unmapped);
        return released ? 0 : -Errno.EBUSY.number();
    }

    /** Unmaps everything. @return false if something could not be released because it is in use */
    boolean releaseAll() {
        counters.add(Counters.DMA_MAPS, -unmapAll().size());
        List<Holder> all = new ArrayList<>(holders.values());
        holders.clear();
        all.addAll(late);
        late.clear();
        boolean released = true;
        for (Holder holder : all) {
            released &= release(holder);
        }
        return released;
    }

    private boolean release(Holder holder) {
        holder.fd.close();
        long begun = System.nanoTime();
        while (true) {
            try {
                holder.arena.close();
                return true;
            } catch (IllegalStateException inUse) {
                // Another thread has it in a system call.
                if (System.nanoTime() - begun > RELEASE_LIMIT_MILLIS * 1_000_000) {
                    late.add(holder);
                    return false;
                }
                LockSupport.parkNanos(100_000);
            }
        }
    }

    /** Only right after an unmapping, so that an address that is simply wrong costs nobody time; and never where mappings are made. */
    @Override
    protected boolean awaitMapping(long generation) {
        if (Thread.currentThread().threadId() == sessionThreadId) {
            return false;
        }
        while (generation() == generation) {
            if (System.nanoTime() - lastUnmapNanos >= GAP_NANOS) {
                return false;
            }
            LockSupport.parkNanos(LOOK_NANOS);
        }
        return true;
    }

    @Override
    protected void copyBytes(
            DmaRegion region, MemorySegment from, long fromOffset, MemorySegment to, long toOffset, long sizeBytes) {
        if (sizeBytes >= STEADY_COPY_FROM_BYTES
                && sizeBytes < STEADY_COPY_BELOW_BYTES
                && from.isNative()
                && to.isNative()
                && region.steady()) {
            MappedMemory.copySteady(from, fromOffset, to, toOffset, sizeBytes);
        } else {
            MemorySegment.copy(from, fromOffset, to, toOffset, sizeBytes);
        }
    }

    @Override
    protected void readUnmapped(DmaRegion region, long iova, MemorySegment destination) {
        messages.read(iova, destination);
    }

    @Override
    protected void writeUnmapped(DmaRegion region, long iova, MemorySegment source) {
        messages.write(iova, source);
    }

    @Override
    public void readByMessage(long iova, MemorySegment destination) {
        messages.read(iova, destination);
    }

    @Override
    public void writeByMessage(long iova, MemorySegment source) {
        messages.write(iova, source);
    }
}
