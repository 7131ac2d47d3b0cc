// SPDX-License-Identifier: Apache-2.0
package io.lamella.pci;

import java.lang.foreign.MemorySegment;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The memory that a function can reach, by I/O virtual address (IOVA). The other side of the seam provides it: the driver's host for a
 * function in this process, the client of a socket for a function that is served.
 *
 * <p>What it holds is hostile: it may change under a reader, may be taken away at any time, and may fail when touched. Read a
 * value once and validate the copy. All methods may be called from any thread. Scalars are little-endian and need no alignment; an
 * aligned one is not torn.
 */
public interface DmaSpace {
    /** Copies from the space. @throws DmaFaultException if a byte of the range is not mapped readable */
    void read(long iova, MemorySegment destination);

    /** Copies to the space. @throws DmaFaultException if a byte of the range is not mapped writable */
    void write(long iova, MemorySegment source);

    int readInt(long iova);

    long readLong(long iova);

    void writeInt(long iova, int value);

    void writeLong(long iova, long value);

    /**
     * The range as directly usable memory, or null where it is not one mapped piece with that access (then {@link #read} and {@link
     * #write} may still work). The segment is good until {@link #generation} changes; after its unmapping, touching it throws.
     */
    @Nullable
    MemorySegment segment(long iova, long sizeBytes, DmaAccess access);

    /** Changes with every map and unmap. Whoever keeps a {@link #segment} compares it before each use. */
    long generation();

    /** What is mapped now, in rising order of IOVA. */
    List<DmaRegion> regions();

    /** The region that an address lies in, or null. Good until {@link #generation} changes. */
    default @Nullable DmaRegion region(long iova) {
        for (DmaRegion region : regions()) {
            if (region.contains(iova, 1)) {
                return region;
            }
        }
        return null;
    }

    /** Tells {@code listener} of every region mapped now and of every change from here on, until {@link #removeListener}. */
    void addListener(DmaListener listener);

    void removeListener(DmaListener listener);
}
