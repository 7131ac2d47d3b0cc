// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.mmu;

import io.lamella.gpu.fb.FbSegment;
import io.lamella.hw.mmu.Aperture;
import io.lamella.hw.mmu.GmmuFormat;
import io.lamella.pci.DmaFaultException;
import io.lamella.pci.DmaSpace;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * The memory management unit of one function: it reads the driver's page tables, in the format of its chip,
 * and leads accesses to the function's segment of video memory or to its driver's memory, never anywhere else.
 *
 * <p>Tables are hostile. A walk reads at most eight entries whatever they hold, each checked to lie in the function's memory; whatever is
 * wrong ends as {@link Translation#UNMAPPED}.
 */
public final class Gmmu implements Tables {
    private static final long IN_SYSTEM = 1;

    private final FbSegment fb;
    private final GmmuFormat format;
    private final LongAdder faults = new LongAdder();
    private volatile @Nullable DmaSpace dma;
    private final AtomicInteger generation = new AtomicInteger();

    /**
     * A walker.
     *
     * @param fb the function's video memory
     * @param format of the driver's page tables
     */
    public Gmmu(FbSegment fb, GmmuFormat format) {
        this.fb = fb;
        this.format = format;
    }

    /** The format of the driver's page tables. */
    public GmmuFormat format() {
        return format;
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
        if (!format.isVirtualAddress(virtualAddress)) {
            return Translation.UNMAPPED;
        }
        return walk(root, virtualAddress);
    }

    private long walk(long root, long virtualAddress) {
        long found = directories(this, format, root, virtualAddress);
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
     * @param format of the tables
     * @return where the last directory has its entry, for {@link #dualAperture} and {@link #dualAddress}; or, if the walk ended before, less
     *     than 0, for {@link #endedWith}
     */
    static long directories(Tables tables, GmmuFormat format, long root, long virtualAddress) {
        Aperture aperture = Aperture.VIDEO;
        long table = root;
        int directories = format.upperDirectories();
        for (int directory = 0; directory < directories; directory++) {
            long at = table + format.upperOffset(directory, virtualAddress);
            if (!tables.canRead(aperture, at)) {
                return ended(Translation.nothing(false, format.upperShift(directory)));
            }
            long entry = tables.readEntry(aperture, at);
            if (format.upperIsPage(directory, entry)) {
                return ended(page(format, entry, format.upperShift(directory)));
            }
            Aperture next = format.pdeAperture(entry);
            if (next == null) {
                return ended(Translation.nothing(format.pdeIsSparse(entry), format.upperShift(directory)));
            }
            aperture = next;
            table = format.pdeAddress(entry);
        }
        // Entries of 16 bytes leave the low bits to say which memory they are in.
        return table + GmmuFormat.dualOffset(virtualAddress) | (aperture == Aperture.VIDEO ? 0 : IN_SYSTEM);
    }

    static Aperture dualAperture(long found) {
        return (found & IN_SYSTEM) == 0 ? Aperture.VIDEO : Aperture.SYSTEM_COHERENT;
    }

    static long dualAddress(long found) {
        return found & ~IN_SYSTEM;
    }

    /** No address has the highest bit. */
    private static long ended(long translation) {
        return Long.MIN_VALUE | translation;
    }

    /** The {@link Translation} of what a directory's entry covers; its page is as large as that. */
    static long endedWith(long found) {
        return found & Long.MAX_VALUE;
    }

    /** Below a dual entry: a page of 2 MiB, else a table of 64 KiB pages, and where that has no say one of 4 KiB pages. */
    private long lastLevels(long low, long high, long virtualAddress) {
        if (format.dualIsPage(low)) {
            return page(format, low, GmmuFormat.DUAL_SHIFT);
        }
        Aperture big = format.bigTableAperture(low);
        if (big != null) {
            long at = format.bigTableAddress(low) + GmmuFormat.bigOffset(virtualAddress);
            if (!canRead(big, at)) {
                return Translation.UNMAPPED;
            }
            long entry = readEntry(big, at);
            if (format.pteIsValid(entry)) {
                return page(format, entry, GmmuFormat.BIG_SHIFT);
            }
            if (format.pteForbidsSmallTable(entry)) {
                return empty(format.pteIsSparse(entry));
            }
        }
        Aperture small = format.pdeAperture(high);
        if (small == null) {
            return empty(big == null && (format.pdeIsSparse(low) || format.pdeIsSparse(high)));
        }
        long at = format.pdeAddress(high) + GmmuFormat.smallOffset(virtualAddress);
        if (!canRead(small, at)) {
            return Translation.UNMAPPED;
        }
        long entry = readEntry(small, at);
        return format.pteIsValid(entry)
                ? page(format, entry, GmmuFormat.SMALL_SHIFT)
                : empty(format.pteIsSparse(entry));
    }

    static long empty(boolean sparse) {
        return sparse ? Translation.SPARSE : Translation.UNMAPPED;
    }

    /** The {@link Translation} of a valid table entry. */
    static long page(GmmuFormat format, long entry, int shift) {
        Aperture aperture = format.pteAperture(entry);
        if (aperture == Aperture.PEER) {
            return Translation.nothing(false, shift);
        }
        return Translation.of(
                aperture == Aperture.VIDEO ? Translation.VRAM : Translation.SYSMEM,
                format.pteAddress(entry),
                shift,
                format.pteIsReadOnly(entry),
                format.pteIsPrivileged(entry),
                format.pteForbidsAtomics(entry));
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
            return GmmuFormat.INVALID;
        }
        try {
            return space.readLong(address);
        } catch (DmaFaultException e) {
            return GmmuFormat.INVALID;
        }
    }
}
