// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.mmu;

import io.lamella.gpu.fb.FbSegment;
import io.lamella.hw.mmu.Aperture;
import io.lamella.hw.mmu.GmmuFormat;
import io.lamella.linux.MappedMemory;
import io.lamella.pci.DmaAccess;
import io.lamella.pci.DmaFaultException;
import io.lamella.pci.DmaRegion;
import io.lamella.pci.DmaSpace;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Memory as the engines reach it for one function: its segment of video memory and what its driver has mapped for DMA. Runs of bytes are
 * used where they lie; only system memory that is not shared with this process goes through messages. Nothing here allocates on the way,
 * except for such messages.
 *
 * <p>For the engines' one thread.
 */
public final class EngineMemory implements Tables {
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final int BOUNCE_BYTES = 64 << 10;

    /** Between these the C library's copy is worth its call; below and above the Java machine's is as fast or faster. */
    private static final long STEADY_COPY_FROM_BYTES = 24 << 10;

    private static final long STEADY_COPY_BELOW_BYTES = 1 << 20;

    private final Gmmu mmu;
    private final MemorySegment bounce = MemorySegment.ofArray(new byte[BOUNCE_BYTES]);
    private @Nullable DmaSpace space;
    private long generation;
    private @Nullable DmaRegion last;
    private volatile boolean messages;

    public EngineMemory(Gmmu mmu) {
        this.mmu = mmu;
    }

    Gmmu mmu() {
        return mmu;
    }

    /**
     * Whether the engines have worked in memory that is reached by messages, whose answers take as long as the driver's side likes. That there is
     * such memory says nothing: a VMM shares its machine's RAM and no ROM. Any thread.
     */
    public boolean usesMessages() {
        return messages;
    }

    /**
     * Looks, before it is used, whether all the memory that the driver may be written to is such. A VMM that shares its machine's RAM still has
     * ROMs, a screen's memory and the like that it does not share, and in which no driver lets a GPU work. Any thread.
     */
    public void lookForMessages() {
        DmaSpace now = mmu.dma();
        if (now != null && !messages) {
            List<DmaRegion> writable = now.regions().stream()
                    .filter(region -> region.access().allows(DmaAccess.WRITE))
                    .toList();
            messages = !writable.isEmpty() && writable.stream().allMatch(region -> region.memory() == null);
        }
    }

    /** The function's video memory. */
    public FbSegment fb() {
        return mmu.fb();
    }

    /** Fills a run with video memory. @throws MmuFault if the address is not in the function's segment */
    void video(long address, long maxBytes, boolean write, long asked, MemoryRun run) throws MmuFault {
        long length = mmu.fb().locate(address, maxBytes, run);
        if (length == 0) {
            throw new MmuFault(MmuFault.Type.REGION, asked, write);
        }
        run.setSteady(mmu.fb().isSteady(), null);
        run.fill(Translation.VRAM, address, length, asked);
    }

    /** Fills a run with the driver's memory. @throws MmuFault if the driver has not mapped the address so */
    void system(long address, long maxBytes, boolean write, long asked, MemoryRun run) throws MmuFault {
        DmaRegion region = region(address);
        if (region == null || !region.access().allows(write ? DmaAccess.WRITE : DmaAccess.READ)) {
            throw new MmuFault(MmuFault.Type.REGION, asked, write);
        }
        MemorySegment memory = region.memory();
        long offset = address - region.iova();
        long left = region.sizeBytes() - offset;
        long length = Long.compareUnsigned(left, maxBytes) < 0 ? left : maxBytes;
        run.fill(Translation.SYSMEM, address, length, asked);
        if (memory == null) {
            run.forget();
        } else {
            run.set(memory, offset);
            run.setSteady(region.steady(), region);
        }
    }

    // Page tables. What was taken away a moment ago is not waited for here.

    @Override
    public boolean canRead(Aperture aperture, long address) {
        if (aperture == Aperture.VIDEO) {
            return mmu.fb().contains(address, 8);
        }
        DmaRegion region = region(address);
        return region != null && region.contains(address, 8) && region.access().allows(DmaAccess.READ);
    }

    @Override
    public long readEntry(Aperture aperture, long address) {
        if (aperture == Aperture.VIDEO) {
            return mmu.fb().readLong(address);
        }
        DmaRegion region = region(address);
        DmaSpace now = space;
        if (region == null || now == null || !region.contains(address, 8)) {
            return GmmuFormat.INVALID;
        }
        MemorySegment memory = region.memory();
        try {
            if (memory == null) {
                messages = true;
                return now.readLong(address);
            }
            long entry = memory.get(LONG, address - region.iova());
            region.settle();
            return entry;
        } catch (IllegalStateException | InternalError | DmaFaultException e) {
            return GmmuFormat.INVALID;
        }
    }

    private @Nullable DmaRegion region(long address) {
        DmaSpace now = mmu.dma();
        if (now == null) {
            return null;
        }
        long newGeneration = now.generation();
        DmaRegion found = last;
        if (found == null || !now.equals(space) || newGeneration != generation || !found.contains(address, 1)) {
            found = now.region(address);
            space = now;
            generation = newGeneration;
            last = found;
        }
        return found;
    }

    /** Copies some bytes of a run, from one of its bytes on, to those of another. @throws MmuFault if memory was taken away */
    public void copy(MemoryRun from, long fromAt, MemoryRun to, long toAt, long lengthBytes) throws MmuFault {
        if (to.target() == Translation.SPARSE) {
            return;
        }
        if (from.memory() == null || to.memory() == null) {
            for (long done = 0; done < lengthBytes; done += BOUNCE_BYTES) {
                long length = Math.min(BOUNCE_BYTES, lengthBytes - done);
                read(from, fromAt + done, bounce, 0, length);
                write(to, toAt + done, bounce, 0, length);
            }
        } else if (!copyDirectly(from, fromAt, to, toAt, lengthBytes)) {
            lookAgain(from, fromAt + lengthBytes, false);
            lookAgain(to, toAt + lengthBytes, true);
            if (!copyDirectly(from, fromAt, to, toAt, lengthBytes)) {
                throw new MmuFault(MmuFault.Type.REGION, to.asked(), true);
            }
        }
    }

    /** False if memory was taken away meanwhile. */
    private static boolean copyDirectly(MemoryRun from, long fromAt, MemoryRun to, long toAt, long lengthBytes) {
        MemorySegment source = from.memory();
        MemorySegment destination = to.memory();
        if (source == null || destination == null) {
            return false;
        }
        try {
            long read = from.offset() + fromAt;
            long write = to.offset() + toAt;
            if (lengthBytes == 16) {
                long low = source.get(LONG, read);
                long high = source.get(LONG, read + 8);
                destination.set(LONG, write, low);
                destination.set(LONG, write + 8, high);
            } else if (lengthBytes >= STEADY_COPY_FROM_BYTES
                    && lengthBytes < STEADY_COPY_BELOW_BYTES
                    && from.isSteady()
                    && to.isSteady()
                    && source.isNative()
                    && destination.isNative()) {
                MappedMemory.copySteady(source, read, destination, write, lengthBytes);
            } else {
                MemorySegment.copy(source, read, destination, write, lengthBytes);
            }
            from.settle();
            to.settle();
            return true;
        } catch (IllegalStateException | InternalError e) {
            return false;
        }
    }

    /**
     * Memory was taken away in the middle, perhaps to come back in other pieces. What is there now is used; nothing is waited for, since the engine
     * is everybody's.
     *
     * @param neededBytes how much of the run has to be there
     */
    private void lookAgain(MemoryRun run, long neededBytes, boolean write) throws MmuFault {
        if (run.target() == Translation.SYSMEM) {
            last = null;
            system(run.address(), run.lengthBytes(), write, run.asked(), run);
            if (run.lengthBytes() < neededBytes || run.memory() == null) {
                throw new MmuFault(MmuFault.Type.REGION, run.asked(), write);
            }
        }
    }

    /** Copies out of a run, from one of its bytes on. @throws MmuFault if memory was taken away */
    public void read(MemoryRun from, long at, MemorySegment destination, long destinationAt, long lengthBytes)
            throws MmuFault {
        if (from.target() == Translation.SPARSE) {
            destination.asSlice(destinationAt, lengthBytes).fill((byte) 0);
        } else if (from.memory() == null) {
            try {
                reach(from, false).read(from.address() + at, destination.asSlice(destinationAt, lengthBytes));
            } catch (DmaFaultException e) {
                throw new MmuFault(MmuFault.Type.REGION, from.asked(), false);
            }
        } else if (!transfer(from, at, destination, destinationAt, lengthBytes, false)) {
            lookAgain(from, at + lengthBytes, false);
            if (!transfer(from, at, destination, destinationAt, lengthBytes, false)) {
                throw new MmuFault(MmuFault.Type.REGION, from.asked(), false);
            }
        }
    }

    /** Copies into a run, from one of its bytes on. @throws MmuFault if memory was taken away */
    public void write(MemoryRun to, long at, MemorySegment source, long sourceAt, long lengthBytes) throws MmuFault {
        if (to.target() == Translation.SPARSE) {
            return;
        }
        if (to.memory() == null) {
            try {
                reach(to, true).write(to.address() + at, source.asSlice(sourceAt, lengthBytes));
            } catch (DmaFaultException e) {
                throw new MmuFault(MmuFault.Type.REGION, to.asked(), true);
            }
        } else if (!transfer(to, at, source, sourceAt, lengthBytes, true)) {
            lookAgain(to, at + lengthBytes, true);
            if (!transfer(to, at, source, sourceAt, lengthBytes, true)) {
                throw new MmuFault(MmuFault.Type.REGION, to.asked(), true);
            }
        }
    }

    /** Between a run and other memory. False if it was taken away meanwhile. */
    private static boolean transfer(
            MemoryRun run, long at, MemorySegment other, long otherAt, long lengthBytes, boolean intoRun) {
        MemorySegment memory = run.memory();
        if (memory == null) {
            return false;
        }
        try {
            if (intoRun) {
                MemorySegment.copy(other, otherAt, memory, run.offset() + at, lengthBytes);
            } else {
                MemorySegment.copy(memory, run.offset() + at, other, otherAt, lengthBytes);
            }
            run.settle();
            return true;
        } catch (IllegalStateException | InternalError e) {
            return false;
        }
    }

    private DmaSpace reach(MemoryRun run, boolean write) throws MmuFault {
        DmaSpace now = mmu.dma();
        if (now == null || run.target() != Translation.SYSMEM) {
            throw new MmuFault(MmuFault.Type.REGION, run.asked(), write);
        }
        messages = true;
        return now;
    }

    int readInt(MemoryRun run) throws MmuFault {
        MemorySegment memory = run.memory();
        if (run.target() == Translation.SPARSE) {
            return 0;
        }
        try {
            if (memory == null) {
                return reach(run, false).readInt(run.address());
            }
            int value = memory.get(INT, run.offset());
            run.settle();
            return value;
        } catch (IllegalStateException | InternalError | DmaFaultException e) {
            throw new MmuFault(MmuFault.Type.REGION, run.asked(), false);
        }
    }

    long readLong(MemoryRun run) throws MmuFault {
        MemorySegment memory = run.memory();
        if (run.target() == Translation.SPARSE) {
            return 0;
        }
        try {
            if (memory == null) {
                return reach(run, false).readLong(run.address());
            }
            long value = memory.get(LONG, run.offset());
            run.settle();
            return value;
        } catch (IllegalStateException | InternalError | DmaFaultException e) {
            throw new MmuFault(MmuFault.Type.REGION, run.asked(), false);
        }
    }

    void writeInt(MemoryRun run, int value) throws MmuFault {
        MemorySegment memory = run.memory();
        if (run.target() == Translation.SPARSE) {
            return;
        }
        try {
            if (memory == null) {
                reach(run, true).writeInt(run.address(), value);
            } else {
                memory.set(INT, run.offset(), value);
                run.settle();
            }
        } catch (IllegalStateException | InternalError | DmaFaultException e) {
            throw new MmuFault(MmuFault.Type.REGION, run.asked(), true);
        }
    }

    void writeLong(MemoryRun run, long value) throws MmuFault {
        MemorySegment memory = run.memory();
        if (run.target() == Translation.SPARSE) {
            return;
        }
        try {
            if (memory == null) {
                reach(run, true).writeLong(run.address(), value);
            } else {
                memory.set(LONG, run.offset(), value);
                run.settle();
            }
        } catch (IllegalStateException | InternalError | DmaFaultException e) {
            throw new MmuFault(MmuFault.Type.REGION, run.asked(), true);
        }
    }
}
