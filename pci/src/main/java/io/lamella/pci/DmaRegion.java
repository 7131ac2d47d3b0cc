// SPDX-License-Identifier: Apache-2.0
package io.lamella.pci;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * A mapped range of a {@link DmaSpace}.
 *
 * @param iova where it begins
 * @param sizeBytes how long it is; {@code iova + sizeBytes} does not exceed 2^64
 * @param access what the device may do with it
 * @param memory the range itself, or null where it can be reached by messages only
 * @param fileDescriptor of the memory behind it, or -1; it belongs to whoever mapped the region
 * @param fileOffset where in that file the range begins
 * @param steady whether no page of the memory can ever be missing. Touching a missing page is an {@link InternalError}, which the Java machine
 *     may throw a little later than the touch; {@link DmaMap} takes care of that, and who uses the memory directly calls {@link #settle}
 */
public record DmaRegion(
        long iova,
        long sizeBytes,
        DmaAccess access,
        @Nullable MemorySegment memory,
        int fileDescriptor,
        long fileOffset,
        boolean steady) {
    private static final Object SETTLE = new Object();

    /** A region whose memory nobody can take away. */
    public DmaRegion(
            long iova,
            long sizeBytes,
            DmaAccess access,
            @Nullable MemorySegment memory,
            int fileDescriptor,
            long fileOffset) {
        this(iova, sizeBytes, access, memory, fileDescriptor, fileOffset, true);
    }

    /** A region of this process's memory with no file behind it. */
    public static DmaRegion of(long iova, MemorySegment memory, DmaAccess access) {
        return new DmaRegion(iova, memory.byteSize(), access, memory, -1, 0);
    }

    /**
     * After an access to the memory: has a missing page be an error here and now, in the try block that is meant to catch it. The Java machine
     * notes it when it happens and throws at the next place where the thread can stop, which may be in the caller. A call of a native method
     * is such a place. Costs nothing where the memory is steady.
     */
    public void settle() {
        if (!steady) {
            boolean ignored = Thread.holdsLock(SETTLE);
        }
    }

    /** Whether the whole of a range lies inside; unsigned. */
    public boolean contains(long address, long lengthBytes) {
        long offset = address - iova;
        return Long.compareUnsigned(offset, sizeBytes) <= 0
                && Long.compareUnsigned(lengthBytes, sizeBytes - offset) <= 0;
    }
}
