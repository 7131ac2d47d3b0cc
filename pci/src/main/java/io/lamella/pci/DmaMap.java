// SPDX-License-Identifier: Apache-2.0
package io.lamella.pci;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * A {@link DmaSpace} made of mapped regions. Looking an address up takes a binary search of an immutable array, no lock and no
 * allocation; mapping and unmapping copy that array. Regions without memory fault here; a space that can reach them in another way
 * overrides {@link #readUnmapped} and {@link #writeUnmapped}.
 */
public class DmaMap implements DmaSpace {
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    // How long one access may go on looking again while the mappings change.
    private static final long MAX_WAIT_NANOS = 1_000_000_000;

    private final int maxRegions;
    private final List<DmaListener> listeners = new CopyOnWriteArrayList<>();
    private final Object changeLock = new Object();
    // What is mapped; changed under the lock.
    private volatile Regions mapped = new Regions(new DmaRegion[0], 0);
    // What accesses see: the same, or nothing while the space is disabled. So an access need not ask which.
    private volatile Regions regions = mapped;
    private volatile boolean enabled = true;

    // An immutable snapshot that is compared by identity alone.
    @SuppressWarnings("ArrayRecordComponent")
    private record Regions(DmaRegion[] sorted, long generation) {
        /** Index of the last region that begins at or below {@code iova}, or -1. */
        int floor(long iova) {
            int low = 0;
            int high = sorted.length - 1;
            while (low <= high) {
                int middle = (low + high) >>> 1;
                if (Long.compareUnsigned(sorted[middle].iova(), iova) <= 0) {
                    low = middle + 1;
                } else {
                    high = middle - 1;
                }
            }
            return high;
        }
    }

    /** A space of at most {@code maxRegions} regions. */
    public DmaMap(int maxRegions) {
        this.maxRegions = maxRegions;
    }

    public DmaMap() {
        this(65535);
    }

    /**
     * Adds a region.
     *
     * @throws DmaMapException if it is empty, wraps, overlaps another or is one too many
     */
    public final void map(DmaRegion region) {
        synchronized (changeLock) {
            long last = region.iova() + region.sizeBytes() - 1;
            if (region.sizeBytes() == 0 || Long.compareUnsigned(last, region.iova()) < 0) {
                throw new DmaMapException(
                        DmaMapException.Reason.INVALID, region, "it is empty or passes the end of the address space");
            }
            DmaRegion[] old = mapped.sorted;
            if (old.length >= maxRegions) {
                throw new DmaMapException(
                        DmaMapException.Reason.TOO_MANY, region, "the limit is " + maxRegions + " regions");
            }
            int floor = mapped.floor(last);
            if (floor >= 0) {
                DmaRegion below = old[floor];
                if (Long.compareUnsigned(below.iova() + below.sizeBytes() - 1, region.iova()) >= 0) {
                    throw new DmaMapException(DmaMapException.Reason.OVERLAP, region, "it overlaps " + describe(below));
                }
            }
            DmaRegion[] changed = new DmaRegion[old.length + 1];
            System.arraycopy(old, 0, changed, 0, floor + 1);
            changed[floor + 1] = region;
            System.arraycopy(old, floor + 1, changed, floor + 2, old.length - floor - 1);
            publish(changed);
            for (DmaListener listener : listeners) {
                listener.mapped(region);
            }
        }
    }

    /** Removes the region with exactly this start and size and returns it, or null if there is none. Its memory is the caller's to free. */
    public final @Nullable DmaRegion unmap(long iova, long sizeBytes) {
        synchronized (changeLock) {
            DmaRegion[] old = mapped.sorted;
            int index = mapped.floor(iova);
            if (index < 0 || old[index].iova() != iova || old[index].sizeBytes() != sizeBytes) {
                return null;
            }
            DmaRegion removed = old[index];
            DmaRegion[] changed = new DmaRegion[old.length - 1];
            System.arraycopy(old, 0, changed, 0, index);
            System.arraycopy(old, index + 1, changed, index, changed.length - index);
            publish(changed);
            for (DmaListener listener : listeners) {
                listener.unmapped(removed);
            }
            return removed;
        }
    }

    /** The regions that lie wholly inside of a range that does not wrap, in rising order, or null if the range would cut one. */
    public final @Nullable List<DmaRegion> regionsIn(long iova, long sizeBytes) {
        Regions now = mapped;
        long last = iova + (sizeBytes - 1);
        int from = now.floor(iova);
        if (from >= 0) {
            DmaRegion below = now.sorted[from];
            if (below.iova() == iova) {
                from--;
            } else if (Long.compareUnsigned(below.iova() + (below.sizeBytes() - 1), iova) >= 0) {
                return null;
            }
        }
        int to = now.floor(last);
        if (to > from) {
            DmaRegion highest = now.sorted[to];
            if (Long.compareUnsigned(highest.iova() + (highest.sizeBytes() - 1), last) > 0) {
                return null;
            }
        }
        return List.of(Arrays.copyOfRange(now.sorted, from + 1, to + 1));
    }

    /** Removes everything and returns it. */
    public final List<DmaRegion> unmapAll() {
        synchronized (changeLock) {
            List<DmaRegion> all = List.of(mapped.sorted);
            publish(new DmaRegion[0]);
            for (DmaRegion region : all) {
                for (DmaListener listener : listeners) {
                    listener.unmapped(region);
                }
            }
            return all;
        }
    }

    /**
     * Lets accesses through or makes every one of them fault, as a bus does with a function whose bus mastering is off. Mappings and
     * listeners are not touched.
     */
    public final void setEnabled(boolean enable) {
        synchronized (changeLock) {
            if (enabled != enable) {
                enabled = enable;
                publish(mapped.sorted);
            }
        }
    }

    private void publish(DmaRegion[] changed) {
        long generation = mapped.generation + 1;
        mapped = new Regions(changed, generation);
        regions = enabled ? mapped : new Regions(new DmaRegion[0], generation);
    }

    @Override
    public final void read(long iova, MemorySegment destination) {
        copy(iova, destination, DmaAccess.READ);
    }

    @Override
    public final void write(long iova, MemorySegment source) {
        copy(iova, source, DmaAccess.WRITE);
    }

    private void copy(long iova, MemorySegment local, DmaAccess access) {
        long length = local.byteSize();
        Regions now = regions;
        long waitingSince = 0;
        long done = 0;
        while (done < length) {
            long address = iova + done;
            if (done != 0 && Long.compareUnsigned(address, iova) < 0) {
                throw new DmaFaultException(iova, length, access, "the range passes the end of the address space");
            }
            DmaRegion region = lookUp(now, address);
            if (region == null && enabled) {
                waitingSince = waitingSince == 0 ? System.nanoTime() : waitingSince;
                if (System.nanoTime() - waitingSince < MAX_WAIT_NANOS && awaitMapping(now.generation)) {
                    now = regions;
                    continue;
                }
            }
            region = checked(region, address, access);
            long offset = address - region.iova();
            long left = region.sizeBytes() - offset;
            long piece = Long.compareUnsigned(left, length - done) < 0 ? left : length - done;
            MemorySegment memory = region.memory();
            if (memory == null) {
                if (access == DmaAccess.READ) {
                    readUnmapped(region, address, local.asSlice(done, piece));
                } else {
                    writeUnmapped(region, address, local.asSlice(done, piece));
                }
            } else {
                try {
                    if (access == DmaAccess.READ) {
                        copyBytes(region, memory, offset, local, done, piece);
                    } else {
                        copyBytes(region, local, done, memory, offset, piece);
                    }
                    region.settle();
                } catch (IllegalStateException e) {
                    // Unmapped since it was looked up, perhaps to come back in other pieces.
                    if (regions.generation != now.generation) {
                        now = regions;
                        continue;
                    }
                    throw takenAway(address, piece, access);
                } catch (InternalError e) {
                    throw takenAway(address, piece, access);
                }
            }
            done += piece;
        }
    }

    private static @Nullable DmaRegion lookUp(Regions now, long address) {
        int index = now.floor(address);
        if (index < 0) {
            return null;
        }
        DmaRegion region = now.sorted[index];
        return Long.compareUnsigned(address - region.iova(), region.sizeBytes()) < 0 ? region : null;
    }

    private DmaRegion checked(@Nullable DmaRegion region, long address, DmaAccess access) {
        if (region == null) {
            throw new DmaFaultException(
                    address, 1, access, enabled ? "nothing is mapped there" : "bus mastering is switched off");
        }
        if (!region.access().allows(access)) {
            throw new DmaFaultException(address, 1, access, "the region is mapped for " + region.access() + " only");
        }
        return region;
    }

    /**
     * Where memory is taken away only to be mapped again in other pieces: waits a moment for the next change. Called without locks, by the
     * thread that has found nothing at an address.
     *
     * @param generation of what it has looked at
     * @return whether it is worth looking again
     */
    protected boolean awaitMapping(long generation) {
        return false;
    }

    /** Copies between a region's memory and the caller's; for those who know a faster way for some. It throws what Java's copy throws. */
    protected void copyBytes(
            DmaRegion region, MemorySegment from, long fromOffset, MemorySegment to, long toOffset, long sizeBytes) {
        MemorySegment.copy(from, fromOffset, to, toOffset, sizeBytes);
    }

    /** Reads from a region that has no memory in this process. */
    protected void readUnmapped(DmaRegion region, long iova, MemorySegment destination) {
        throw new DmaFaultException(iova, destination.byteSize(), DmaAccess.READ, "the region has no shared memory");
    }

    /** Writes to a region that has no memory in this process. */
    protected void writeUnmapped(DmaRegion region, long iova, MemorySegment source) {
        throw new DmaFaultException(iova, source.byteSize(), DmaAccess.WRITE, "the region has no shared memory");
    }

    private static DmaFaultException takenAway(long iova, long sizeBytes, DmaAccess access) {
        return new DmaFaultException(iova, sizeBytes, access, "the memory was taken away");
    }

    @Override
    public final @Nullable MemorySegment segment(long iova, long sizeBytes, DmaAccess access) {
        Regions now = regions;
        int index = now.floor(iova);
        if (index < 0) {
            return null;
        }
        DmaRegion region = now.sorted[index];
        MemorySegment memory = region.memory();
        if (memory == null || !region.access().allows(access) || !region.contains(iova, sizeBytes)) {
            return null;
        }
        return memory.asSlice(iova - region.iova(), sizeBytes);
    }

    /** The region with memory that holds the whole range, or null. */
    private static @Nullable DmaRegion direct(Regions now, long iova, int sizeBytes, DmaAccess access) {
        int index = now.floor(iova);
        if (index < 0) {
            return null;
        }
        DmaRegion region = now.sorted[index];
        return region.memory() != null && region.access().allows(access) && region.contains(iova, sizeBytes)
                ? region
                : null;
    }

    @Override
    public final int readInt(long iova) {
        DmaRegion region = direct(regions, iova, 4, DmaAccess.READ);
        if (region != null && region.memory() != null) {
            try {
                int value = region.memory().get(INT, iova - region.iova());
                region.settle();
                return value;
            } catch (IllegalStateException e) {
                // Unmapped since it was looked up; the long way round looks again.
                region = null;
            } catch (InternalError e) {
                throw takenAway(iova, 4, DmaAccess.READ);
            }
        }
        MemorySegment bounce = MemorySegment.ofArray(new byte[4]);
        read(iova, bounce);
        return bounce.get(INT, 0);
    }

    @Override
    public final long readLong(long iova) {
        DmaRegion region = direct(regions, iova, 8, DmaAccess.READ);
        if (region != null && region.memory() != null) {
            try {
                long value = region.memory().get(LONG, iova - region.iova());
                region.settle();
                return value;
            } catch (IllegalStateException e) {
                // Unmapped since it was looked up; the long way round looks again.
                region = null;
            } catch (InternalError e) {
                throw takenAway(iova, 8, DmaAccess.READ);
            }
        }
        MemorySegment bounce = MemorySegment.ofArray(new byte[8]);
        read(iova, bounce);
        return bounce.get(LONG, 0);
    }

    @Override
    public final void writeInt(long iova, int value) {
        DmaRegion region = direct(regions, iova, 4, DmaAccess.WRITE);
        if (region != null && region.memory() != null) {
            try {
                region.memory().set(INT, iova - region.iova(), value);
                region.settle();
                return;
            } catch (IllegalStateException e) {
                region = null;
            } catch (InternalError e) {
                throw takenAway(iova, 4, DmaAccess.WRITE);
            }
        }
        MemorySegment bounce = MemorySegment.ofArray(new byte[4]);
        bounce.set(INT, 0, value);
        write(iova, bounce);
    }

    @Override
    public final void writeLong(long iova, long value) {
        DmaRegion region = direct(regions, iova, 8, DmaAccess.WRITE);
        if (region != null && region.memory() != null) {
            try {
                region.memory().set(LONG, iova - region.iova(), value);
                region.settle();
                return;
            } catch (IllegalStateException e) {
                region = null;
            } catch (InternalError e) {
                throw takenAway(iova, 8, DmaAccess.WRITE);
            }
        }
        MemorySegment bounce = MemorySegment.ofArray(new byte[8]);
        bounce.set(LONG, 0, value);
        write(iova, bounce);
    }

    @Override
    public final long generation() {
        return regions.generation;
    }

    @Override
    public final @Nullable DmaRegion region(long iova) {
        return lookUp(regions, iova);
    }

    @Override
    public final List<DmaRegion> regions() {
        return new ArrayList<>(List.of(mapped.sorted));
    }

    @Override
    public final void addListener(DmaListener listener) {
        synchronized (changeLock) {
            listeners.add(listener);
            for (DmaRegion region : mapped.sorted) {
                listener.mapped(region);
            }
        }
    }

    @Override
    public final void removeListener(DmaListener listener) {
        synchronized (changeLock) {
            listeners.remove(listener);
        }
    }

    private static String describe(DmaRegion region) {
        return "the one at 0x" + Long.toHexString(region.iova()) + " of " + Long.toUnsignedString(region.sizeBytes())
                + " bytes";
    }
}
