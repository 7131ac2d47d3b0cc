// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.mmu;

import io.lamella.gpu.fb.FbSegment;
import io.lamella.hw.mmu.Aperture;
import io.lamella.hw.mmu.GmmuV2;
import io.lamella.hw.mmu.GmmuV2.Level;
import io.lamella.pci.DmaFaultException;
import io.lamella.pci.DmaSpace;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * The memory management unit of one function: it reads the driver's page tables (version 2 of the format, 49 bits of virtual address)
 * and leads accesses to the function's segment of video memory or to its driver's memory, never anywhere else.
 *
 * <p>Tables are hostile. A walk reads at most six entries whatever they hold, each checked to lie in the function's memory; whatever is
 * wrong ends as {@link Translation#UNMAPPED}.
 */
public final class Gmmu implements Tables {
    private static final long IN_SYSTEM = 1;
    private static final Level[] DIRECTORIES = {Level.PD3, Level.PD2, Level.PD1};

    private final FbSegment fb;
    private final LongAdder faults = new LongAdder();
    private volatile @Nullable DmaSpace dma;
    private final AtomicInteger generation = new AtomicInteger();

    public Gmmu(FbSegment fb) {
        this.fb = fb;
    }

    /** The function's video memory. */
    public FbSegment fb() {
        return fb;
    }

    /** The driver's memory, or null while the function is connected to none. */
    public @Nullable DmaSpace dma() {
        return dma;
    }

    /** Gives it the driver's memory or takes it away. */
    public void connect(@Nullable DmaSpace space) {
        dma = space;
        invalidate();
    }

    /** Makes every cached translation stale, whatever it belongs to. That is more than was asked for and always right. */
    public void invalidate() {
        generation.incrementAndGet();
    }

    /** Changes with {@link #invalidate}. */
    public int generation() {
        return generation.get();
    }

    /** How many accesses found nothing mapped, or memory that could not be reached. */
    public long faultCount() {
        return faults.sum();
    }

    void countFault() {
        faults.increment();
    }

    /**
     * Translates.
     *
     * @param root address of the root page directory, in video memory
     * @param virtualAddress what to look up
     * @return a {@link Translation}
     */
    public long translate(long root, long virtualAddress) {
        if (!GmmuV2.isVirtualAddress(virtualAddress)) {
            return Translation.UNMAPPED;
        }
        return walk(root, virtualAddress);
    }

    private long walk(long root, long virtualAddress) {
        long found = directories(this, root, virtualAddress);
        if (found < 0) {
            return endedWith(found);
        }
        Aperture aperture = dualAperture(found);
        long at = dualAddress(found);
        return canRead(aperture, at) && canRead(aperture, at + 8)
                ? lastLevels(readEntry(aperture, at), readEntry(aperture, at + 8), virtualAddress)
                : Translation.UNMAPPED;
    }

    /**
     * Walks the directories, without allocating anything.
     *
     * @param tables reads them
     * @return where the last directory has its entry, for {@link #dualAperture} and {@link #dualAddress}; or, if the walk ended before, less
     *     than 0, for {@link #endedWith} and {@link #endedShift}
     */
    static long directories(Tables tables, long root, long virtualAddress) {
        Aperture aperture = Aperture.VIDEO;
        long table = root;
        for (Level level : DIRECTORIES) {
            long at = table + level.entryOffset(virtualAddress);
            if (!tables.canRead(aperture, at)) {
                return ended(Translation.UNMAPPED, level);
            }
            long entry = tables.readEntry(aperture, at);
            Aperture next = GmmuV2.pdeAperture(entry);
            if (next == null) {
                return ended(empty(GmmuV2.pdeIsSparse(entry)), level);
            }
            aperture = next;
            table = GmmuV2.pdeAddress(entry);
        }
        // Entries of 16 bytes leave the low bits to say which memory they are in.
        return table + Level.PD0.entryOffset(virtualAddress) | (aperture == Aperture.VIDEO ? 0 : IN_SYSTEM);
    }

    static Aperture dualAperture(long found) {
        return (found & IN_SYSTEM) == 0 ? Aperture.VIDEO : Aperture.SYSTEM_COHERENT;
    }

    static long dualAddress(long found) {
        return found & ~IN_SYSTEM;
    }

    private static long ended(long translation, Level level) {
        return Long.MIN_VALUE | (long) level.shift() << 8 | translation;
    }

    /** The {@link Translation} of what a directory's entry covers. */
    static long endedWith(long found) {
        return found & 0xff;
    }

    /** log2 of how much that is. */
    static int endedShift(long found) {
        return (int) (found >>> 8) & 0xff;
    }

    /** Below a dual entry: a page of 2 MiB, else a table of 64 KiB pages, and where that has no say one of 4 KiB pages. */
    private long lastLevels(long low, long high, long virtualAddress) {
        if (GmmuV2.dualIsPage(low)) {
            return page(low, Level.PD0);
        }
        Aperture big = GmmuV2.bigTableAperture(low);
        if (big != null) {
            long at = GmmuV2.bigTableAddress(low) + Level.BIG_TABLE.entryOffset(virtualAddress);
            if (!canRead(big, at)) {
                return Translation.UNMAPPED;
            }
            long entry = readEntry(big, at);
            if (GmmuV2.pteIsValid(entry)) {
                return page(entry, Level.BIG_TABLE);
            }
            if (GmmuV2.pteForbidsSmallTable(entry)) {
                return empty(GmmuV2.pteIsSparse(entry));
            }
        }
        Aperture small = GmmuV2.pdeAperture(high);
        if (small == null) {
            return empty(big == null && (GmmuV2.pdeIsSparse(low) || GmmuV2.pdeIsSparse(high)));
        }
        long at = GmmuV2.pdeAddress(high) + Level.SMALL_TABLE.entryOffset(virtualAddress);
        if (!canRead(small, at)) {
            return Translation.UNMAPPED;
        }
        long entry = readEntry(small, at);
        return GmmuV2.pteIsValid(entry) ? page(entry, Level.SMALL_TABLE) : empty(GmmuV2.pteIsSparse(entry));
    }

    static long empty(boolean sparse) {
        return sparse ? Translation.SPARSE : Translation.UNMAPPED;
    }

    static long page(long entry, Level level) {
        Aperture aperture = GmmuV2.pteAperture(entry);
        if (aperture == Aperture.PEER) {
            return Translation.UNMAPPED;
        }
        return Translation.of(
                aperture == Aperture.VIDEO ? Translation.VRAM : Translation.SYSMEM,
                GmmuV2.pteAddress(entry),
                level.shift(),
                GmmuV2.pteIsReadOnly(entry),
                GmmuV2.pteIsPrivileged(entry),
                GmmuV2.pteForbidsAtomics(entry));
    }

    @Override
    public boolean canRead(Aperture aperture, long address) {
        return aperture == Aperture.VIDEO ? fb.contains(address, 8) : dma != null;
    }

    @Override
    public long readEntry(Aperture aperture, long address) {
        if (aperture == Aperture.VIDEO) {
            return fb.readLong(address);
        }
        DmaSpace space = dma;
        if (space == null) {
            return GmmuV2.INVALID;
        }
        try {
            return space.readLong(address);
        } catch (DmaFaultException e) {
            return GmmuV2.INVALID;
        }
    }
}
