// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.mmu;

import io.lamella.pci.DmaFaultException;
import io.lamella.pci.DmaSpace;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * A window into a GPU address space: BAR1 or BAR2. The offset in the BAR is the virtual address. Until it is bound to page tables it
 * shows video memory from address 0 on ("physical" mode).
 *
 * <p>What is not mapped reads as ones and swallows writes, and is counted; sparse pages read as zero.
 *
 * <p>Accesses come from the function's one thread. {@link #bind} and {@link #unbind} may come from another.
 */
public final class BarAperture {
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private static final int PAGE_BITS = 12;
    private static final int PAGE_BYTES = 1 << PAGE_BITS;
    private static final int CACHE_ENTRIES = 256;
    private static final long UNBOUND = -1;

    private final Gmmu mmu;
    private final long sizeBytes;
    /** Of each cached page its number plus 1, so that 0 is none. Only pages that are mapped are kept. */
    private final long[] cachedPages = new long[CACHE_ENTRIES];

    private final long[] cachedTranslations = new long[CACHE_ENTRIES];
    private final MemorySegment half = MemorySegment.ofArray(new byte[2]);
    private final MemorySegment single = MemorySegment.ofArray(new byte[1]);
    private int cachedGeneration;
    private volatile long root = UNBOUND;

    public BarAperture(Gmmu mmu, long sizeBytes) {
        this.mmu = mmu;
        this.sizeBytes = sizeBytes;
    }

    public long sizeBytes() {
        return sizeBytes;
    }

    /** From here on it translates through the tables below this root page directory in video memory. */
    public void bind(long rootAddress) {
        root = rootAddress;
        mmu.invalidate();
    }

    /** Back to physical mode. */
    public void unbind() {
        root = UNBOUND;
        mmu.invalidate();
    }

    /** Root page directory that it translates through, or -1. */
    long root() {
        return root;
    }

    /** Translates through this root, or not for -1. */
    void setRoot(long rootAddress) {
        root = rootAddress;
        mmu.invalidate();
    }

    /** Whether it translates. */
    public boolean isBound() {
        return root != UNBOUND;
    }

    /** Reads 1, 2, 4 or 8 bytes. */
    public long read(long offset, int size) {
        if ((offset & size - 1) != 0) {
            long value = 0;
            for (int i = size - 1; i >= 0; i--) {
                value = value << 8 | readPiece(offset + i, 1);
            }
            return value;
        }
        return readPiece(offset, size);
    }

    private long readPiece(long offset, int size) {
        if (offset < 0 || offset >= sizeBytes) {
            return ones(size);
        }
        long translation = lookUp(offset);
        long address = Translation.address(translation, offset);
        switch (Translation.target(translation)) {
            case Translation.VRAM -> {
                if (mmu.fb().contains(address, size)) {
                    return mmu.fb().read(address, size);
                }
            }
            case Translation.SYSMEM -> {
                DmaSpace dma = mmu.dma();
                if (dma != null) {
                    try {
                        return readSystem(dma, address, size);
                    } catch (DmaFaultException e) {
                        // Counted below: the driver mapped a page that is not its own.
                    }
                }
            }
            case Translation.SPARSE -> {
                return 0;
            }
            default -> {}
        }
        mmu.countFault();
        return ones(size);
    }

    /** Writes 1, 2, 4 or 8 bytes. */
    public void write(long offset, int size, long value) {
        if ((offset & size - 1) != 0) {
            for (int i = 0; i < size; i++) {
                writePiece(offset + i, 1, value >>> (8 * i));
            }
            return;
        }
        writePiece(offset, size, value);
    }

    private void writePiece(long offset, int size, long value) {
        if (offset < 0 || offset >= sizeBytes) {
            return;
        }
        long translation = lookUp(offset);
        long address = Translation.address(translation, offset);
        if (!Translation.isReadOnly(translation)) {
            switch (Translation.target(translation)) {
                case Translation.VRAM -> {
                    if (mmu.fb().contains(address, size)) {
                        mmu.fb().write(address, size, value);
                        return;
                    }
                }
                case Translation.SYSMEM -> {
                    DmaSpace dma = mmu.dma();
                    if (dma != null) {
                        try {
                            writeSystem(dma, address, size, value);
                            return;
                        } catch (DmaFaultException e) {
                            // Counted below.
                        }
                    }
                }
                case Translation.SPARSE -> {
                    return;
                }
                default -> {}
            }
        }
        mmu.countFault();
    }

    /** Reads a run of bytes, page by page. */
    public void read(long offset, MemorySegment destination) {
        for (long done = 0; done < destination.byteSize(); ) {
            long at = offset + done;
            long length = Math.min(destination.byteSize() - done, PAGE_BYTES - (at & PAGE_BYTES - 1));
            readRun(at, destination.asSlice(done, length));
            done += length;
        }
    }

    private void readRun(long offset, MemorySegment destination) {
        long length = destination.byteSize();
        if (offset >= 0 && offset < sizeBytes) {
            long translation = lookUp(offset);
            long address = Translation.address(translation, offset);
            switch (Translation.target(translation)) {
                case Translation.VRAM -> {
                    if (mmu.fb().contains(address, length)) {
                        mmu.fb().copyTo(address, destination);
                        return;
                    }
                }
                case Translation.SYSMEM -> {
                    DmaSpace dma = mmu.dma();
                    if (dma != null) {
                        try {
                            dma.read(address, destination);
                            return;
                        } catch (DmaFaultException e) {
                            // Counted below.
                        }
                    }
                }
                case Translation.SPARSE -> {
                    destination.fill((byte) 0);
                    return;
                }
                default -> {}
            }
            mmu.countFault();
        }
        destination.fill((byte) 0xff);
    }

    /** Writes a run of bytes, page by page. */
    public void write(long offset, MemorySegment source) {
        for (long done = 0; done < source.byteSize(); ) {
            long at = offset + done;
            long length = Math.min(source.byteSize() - done, PAGE_BYTES - (at & PAGE_BYTES - 1));
            writeRun(at, source.asSlice(done, length));
            done += length;
        }
    }

    private void writeRun(long offset, MemorySegment source) {
        if (offset < 0 || offset >= sizeBytes) {
            return;
        }
        long translation = lookUp(offset);
        long address = Translation.address(translation, offset);
        int target = Translation.target(translation);
        if (target == Translation.SPARSE && !Translation.isReadOnly(translation)) {
            return;
        }
        if (!Translation.isReadOnly(translation)) {
            if (target == Translation.VRAM && mmu.fb().contains(address, source.byteSize())) {
                mmu.fb().copyFrom(address, source);
                return;
            }
            DmaSpace dma = mmu.dma();
            if (target == Translation.SYSMEM && dma != null) {
                try {
                    dma.write(address, source);
                    return;
                } catch (DmaFaultException e) {
                    // Counted below.
                }
            }
        }
        mmu.countFault();
    }

    private long lookUp(long offset) {
        long rootNow = root;
        if (rootNow == UNBOUND) {
            return Translation.of(Translation.VRAM, offset, PAGE_BITS, false);
        }
        int generation = mmu.generation();
        if (generation != cachedGeneration) {
            Arrays.fill(cachedPages, 0);
            cachedGeneration = generation;
        }
        long page = (offset >>> PAGE_BITS) + 1;
        int slot = (int) page & CACHE_ENTRIES - 1;
        if (cachedPages[slot] == page) {
            return cachedTranslations[slot];
        }
        long translation = mmu.translate(rootNow, offset);
        if (Translation.target(translation) != Translation.UNMAPPED) {
            cachedPages[slot] = page;
            cachedTranslations[slot] = translation;
        }
        return translation;
    }

    private static long ones(int size) {
        return -1L >>> (64 - 8 * size);
    }

    /** The space has scalars of 4 and 8 bytes; a smaller one is a part of the aligned word that it lies in. */
    private static long readSystem(DmaSpace dma, long address, int size) {
        return switch (size) {
            case 8 -> dma.readLong(address);
            case 4 -> Integer.toUnsignedLong(dma.readInt(address));
            default -> (Integer.toUnsignedLong(dma.readInt(address & ~3L)) >>> (8 * (address & 3))) & ones(size);
        };
    }

    /** Small writes are copies: reading and writing the whole word could undo what the driver writes beside it. */
    private void writeSystem(DmaSpace dma, long address, int size, long value) {
        switch (size) {
            case 8 -> dma.writeLong(address, value);
            case 4 -> dma.writeInt(address, (int) value);
            case 2 -> {
                half.set(SHORT, 0, (short) value);
                dma.write(address, half);
            }
            default -> {
                single.set(ValueLayout.JAVA_BYTE, 0, (byte) value);
                dma.write(address, single);
            }
        }
    }
}
