// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.gsp;

import io.lamella.pci.DmaFaultException;
import io.lamella.pci.DmaSpace;
import java.lang.foreign.MemorySegment;

/** The memory that the queues lie in: pages of the driver's, in any order, addressed as one run of bytes. */
final class SharedRegion {
    static final int PAGE_BYTES = 4096;
    private static final int PAGE_BITS = 12;
    /** Page addresses fill one page at the most: 2 MiB of queues. */
    static final int MAX_PAGES = PAGE_BYTES / Long.BYTES;

    private final DmaSpace dma;
    private final long[] pages;

    private SharedRegion(DmaSpace dma, long[] pages) {
        this.dma = dma;
        this.pages = pages;
    }

    /** Reads the page addresses, which begin the region. */
    static SharedRegion open(DmaSpace dma, long address, long pageCount) throws GspFault {
        if (pageCount < 1 || pageCount > MAX_PAGES) {
            throw new GspFault("The queues' memory has " + Long.toUnsignedString(pageCount) + " pages; 1 to "
                    + MAX_PAGES + " are possible.");
        }
        long[] pages = new long[(int) pageCount];
        try {
            for (int i = 0; i < pages.length; i++) {
                pages[i] = dma.readLong(address + 8L * i);
                if ((pages[i] & PAGE_BYTES - 1) != 0) {
                    throw new GspFault("Page " + i + " of the queues' memory is at 0x" + Long.toHexString(pages[i])
                            + ", which is not the start of a page.");
                }
            }
        } catch (DmaFaultException e) {
            throw new GspFault("The page table of the queues cannot be read: " + e.getMessage());
        }
        return new SharedRegion(dma, pages);
    }

    long sizeBytes() {
        return (long) pages.length << PAGE_BITS;
    }

    /** A field; it does not cross a page. */
    int readInt(long offset) {
        return dma.readInt(address(offset));
    }

    void writeInt(long offset, int value) {
        dma.writeInt(address(offset), value);
    }

    private long address(long offset) {
        return pages[(int) (offset >>> PAGE_BITS)] + (offset & PAGE_BYTES - 1);
    }

    /** Copies out of one page. */
    void read(long offset, MemorySegment destination) {
        dma.read(address(offset), destination);
    }

    /** Copies into one page. */
    void write(long offset, MemorySegment source) {
        dma.write(address(offset), source);
    }
}
