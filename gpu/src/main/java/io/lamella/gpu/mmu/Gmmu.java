// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.mmu;

import io.lamella.gpu.fb.FbSegment;
import io.lamella.pci.DmaFaultException;
import io.lamella.pci.DmaSpace;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * The memory management unit of one function: it reads the driver's page tables (version 2 of the format, 49 bits of virtual address)
 * and leads accesses to the function's segment of video memory or to its driver's memory, never anywhere else.
 *
 * <p>Tables are hostile. A walk reads at most six entries whatever they hold, each checked to lie in the function's memory; whatever is
 * wrong ends as {@link Translation#UNMAPPED}.
 */
public final class Gmmu {
    /** Bits of a virtual address. */
    public static final int VIRTUAL_ADDRESS_BITS = 49;

    /** Aperture of a page directory entry, and of a page directory base: where the table is. */
    private static final int TABLE_INVALID = 0;

    private static final int TABLE_VRAM = 1;

    /** Aperture of a page table entry: where the page is. */
    private static final int PAGE_VRAM = 0;

    private static final int PAGE_PEER = 1;

    private static final long VALID = 1;
    private static final long VOLATILE = 1 << 3;
    private static final long PRIVILEGED = 1 << 5;
    private static final long READ_ONLY = 1 << 6;

    /** Bits 32:8 hold an address of video memory, above them lie compression tags. */
    private static final long VRAM_FRAME = (1L << 25) - 1;
    /** Bits 53:8 hold an address of system memory. */
    private static final long SYSMEM_FRAME = (1L << 46) - 1;

    private final FbSegment fb;
    private final LongAdder faults = new LongAdder();
    private volatile @Nullable DmaSpace dma;
    private volatile int generation;

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
    @SuppressWarnings("NonAtomicVolatileUpdate") // Two at once may count as one: both are seen as a change.
    public void invalidate() {
        generation++;
    }

    /** Changes with {@link #invalidate}. */
    public int generation() {
        return generation;
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
        if (virtualAddress < 0 || virtualAddress >>> VIRTUAL_ADDRESS_BITS != 0) {
            return Translation.UNMAPPED;
        }
        int aperture = TABLE_VRAM;
        long table = root;
        for (int shift = 47; shift >= 29; shift -= 9) {
            int bits = shift == 47 ? 2 : 9;
            long at = table + 8 * (virtualAddress >>> shift & (1 << bits) - 1);
            if (!canRead(aperture, at)) {
                return Translation.UNMAPPED;
            }
            long entry = readEntry(aperture, at);
            aperture = (int) (entry >>> 1) & 3;
            if (aperture == TABLE_INVALID) {
                return emptyEntry(entry);
            }
            table = tableAddress(entry, aperture);
        }
        long dual = table + 16 * (virtualAddress >>> 21 & 0xff);
        if (!canRead(aperture, dual) || !canRead(aperture, dual + 8)) {
            return Translation.UNMAPPED;
        }
        return lastLevels(readEntry(aperture, dual), readEntry(aperture, dual + 8), virtualAddress);
    }

    /** Below a dual entry: a page of 2 MiB, else a table of 64 KiB pages, and where that has no say one of 4 KiB pages. */
    private long lastLevels(long low, long high, long virtualAddress) {
        if ((low & VALID) != 0) {
            return page(low, 21);
        }
        int bigAperture = (int) (low >>> 1) & 3;
        if (bigAperture != TABLE_INVALID) {
            long frame = low >>> 4 & (bigAperture == TABLE_VRAM ? (1L << 29) - 1 : (1L << 50) - 1);
            long at = (frame << 8) + 8 * (virtualAddress >>> 16 & 31);
            if (!canRead(bigAperture, at)) {
                return Translation.UNMAPPED;
            }
            long entry = readEntry(bigAperture, at);
            if ((entry & VALID) != 0) {
                return page(entry, 16);
            }
            if ((entry & (VOLATILE | PRIVILEGED)) != 0) {
                return emptyEntry(entry);
            }
        }
        int smallAperture = (int) (high >>> 1) & 3;
        if (smallAperture == TABLE_INVALID) {
            return bigAperture == TABLE_INVALID ? emptyEntry(low | high) : Translation.UNMAPPED;
        }
        long at = tableAddress(high, smallAperture) + 8 * (virtualAddress >>> 12 & 0x1ff);
        if (!canRead(smallAperture, at)) {
            return Translation.UNMAPPED;
        }
        long entry = readEntry(smallAperture, at);
        return (entry & VALID) != 0 ? page(entry, 12) : emptyEntry(entry);
    }

    private static long emptyEntry(long entry) {
        return (entry & VOLATILE) != 0 ? Translation.SPARSE : Translation.UNMAPPED;
    }

    private static long tableAddress(long entry, int aperture) {
        return (entry >>> 8 & (aperture == TABLE_VRAM ? VRAM_FRAME : SYSMEM_FRAME)) << 12;
    }

    private static long page(long entry, int pageShift) {
        int aperture = (int) (entry >>> 1) & 3;
        if (aperture == PAGE_PEER) {
            return Translation.UNMAPPED;
        }
        boolean vram = aperture == PAGE_VRAM;
        long address = (entry >>> 8 & (vram ? VRAM_FRAME : SYSMEM_FRAME)) << 12;
        return Translation.of(
                vram ? Translation.VRAM : Translation.SYSMEM, address, pageShift, (entry & READ_ONLY) != 0);
    }

    private boolean canRead(int aperture, long address) {
        return aperture == TABLE_VRAM ? fb.contains(address, 8) : dma != null;
    }

    /** An entry, or 0 (invalid) where the driver's memory cannot be read. */
    private long readEntry(int aperture, long address) {
        if (aperture == TABLE_VRAM) {
            return fb.readLong(address);
        }
        DmaSpace space = dma;
        if (space == null) {
            return 0;
        }
        try {
            return space.readLong(address);
        } catch (DmaFaultException e) {
            return 0;
        }
    }
}
