// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.mmu;

import io.lamella.gpu.fb.FbSegment;
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
public final class EngineMemory {
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final int BOUNCE_BYTES = 64 << 10;

    private final Gmmu mmu;
    private final MemorySegment bounce = MemorySegment.ofArray(new byte[BOUNCE_BYTES]);
    private @Nullable DmaSpace space;
    private long generation;
    private List<DmaRegion> regions = List.of();
    private @Nullable DmaRegion last;

    public EngineMemory(Gmmu mmu) {
        this.mmu = mmu;
    }

    Gmmu mmu() {
        return mmu;
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
        run.fill(Translation.SYSMEM, address, Math.min(maxBytes, region.sizeBytes() - offset), asked);
        if (memory == null) {
            run.forget();
        } else {
            run.set(memory, offset);
        }
    }

    private @Nullable DmaRegion region(long address) {
        DmaSpace now = mmu.dma();
        if (now == null) {
            return null;
        }
        long newGeneration = now.generation();
        if (!now.equals(space) || newGeneration != generation) {
            regions = now.regions();
            space = now;
            generation = newGeneration;
            last = null;
        }
        DmaRegion found = last;
        if (found != null && found.contains(address, 1)) {
            return found;
        }
        int low = 0;
        int high = regions.size() - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            found = regions.get(middle);
            if (found.contains(address, 1)) {
                last = found;
                return found;
            }
            if (Long.compareUnsigned(found.iova(), address) < 0) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return null;
    }

    /** Copies the first bytes of a run to those of another. @throws MmuFault if memory was taken away */
    public void copy(MemoryRun from, MemoryRun to, long lengthBytes) throws MmuFault {
        if (to.target() == Translation.SPARSE) {
            return;
        }
        if (from.target() == Translation.SPARSE) {
            fill(to, lengthBytes, (byte) 0);
            return;
        }
        MemorySegment source = from.memory();
        MemorySegment destination = to.memory();
        if (source != null && destination != null) {
            try {
                MemorySegment.copy(source, from.offset(), destination, to.offset(), lengthBytes);
                return;
            } catch (IllegalStateException | InternalError e) {
                // Unmapped meanwhile, perhaps to come back in other pieces: the way by messages looks again.
                regionsChanged();
            }
        }
        for (long done = 0; done < lengthBytes; done += BOUNCE_BYTES) {
            MemorySegment piece = bounce.asSlice(0, Math.min(BOUNCE_BYTES, lengthBytes - done));
            read(from, done, piece);
            write(to, done, piece);
        }
    }

    /** Sets the first bytes of a run. @throws MmuFault if memory was taken away */
    public void fill(MemoryRun to, long lengthBytes, byte value) throws MmuFault {
        MemorySegment destination = to.memory();
        if (to.target() == Translation.SPARSE) {
            return;
        }
        if (destination != null) {
            try {
                destination.asSlice(to.offset(), lengthBytes).fill(value);
                return;
            } catch (IllegalStateException | InternalError e) {
                regionsChanged();
            }
        }
        for (long done = 0; done < lengthBytes; done += BOUNCE_BYTES) {
            MemorySegment piece = bounce.asSlice(0, Math.min(BOUNCE_BYTES, lengthBytes - done));
            piece.fill(value);
            write(to, done, piece);
        }
    }

    private void regionsChanged() {
        space = null;
        last = null;
    }

    /** Copies out of a run, from one of its bytes on. @throws MmuFault if memory was taken away */
    public void read(MemoryRun from, long at, MemorySegment destination) throws MmuFault {
        MemorySegment memory = from.memory();
        if (from.target() == Translation.SPARSE) {
            destination.fill((byte) 0);
            return;
        }
        try {
            if (memory != null) {
                MemorySegment.copy(memory, from.offset() + at, destination, 0, destination.byteSize());
                return;
            }
        } catch (IllegalStateException | InternalError e) {
            regionsChanged();
        }
        try {
            reach(from, false).read(from.address() + at, destination);
        } catch (DmaFaultException e) {
            throw new MmuFault(MmuFault.Type.REGION, from.asked(), false);
        }
    }

    /** Copies into a run, from one of its bytes on. @throws MmuFault if memory was taken away */
    public void write(MemoryRun to, long at, MemorySegment source) throws MmuFault {
        MemorySegment memory = to.memory();
        if (to.target() == Translation.SPARSE) {
            return;
        }
        try {
            if (memory != null) {
                MemorySegment.copy(source, 0, memory, to.offset() + at, source.byteSize());
                return;
            }
        } catch (IllegalStateException | InternalError e) {
            regionsChanged();
        }
        try {
            reach(to, true).write(to.address() + at, source);
        } catch (DmaFaultException e) {
            throw new MmuFault(MmuFault.Type.REGION, to.asked(), true);
        }
    }

    private DmaSpace reach(MemoryRun run, boolean write) throws MmuFault {
        DmaSpace now = mmu.dma();
        if (now == null || run.target() != Translation.SYSMEM) {
            throw new MmuFault(MmuFault.Type.REGION, run.asked(), write);
        }
        return now;
    }

    int readInt(MemoryRun run) throws MmuFault {
        MemorySegment memory = run.memory();
        if (run.target() == Translation.SPARSE) {
            return 0;
        }
        try {
            return memory == null ? reach(run, false).readInt(run.address()) : memory.get(INT, run.offset());
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
            return memory == null ? reach(run, false).readLong(run.address()) : memory.get(LONG, run.offset());
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
            }
        } catch (IllegalStateException | InternalError | DmaFaultException e) {
            throw new MmuFault(MmuFault.Type.REGION, run.asked(), true);
        }
    }
}
