// SPDX-License-Identifier: Apache-2.0
package io.lamella.vfiouser.example;

import io.lamella.linux.Errno;
import io.lamella.pci.DmaAccess;
import io.lamella.pci.DmaFaultException;
import io.lamella.pci.DmaSpace;
import java.lang.foreign.MemorySegment;

/**
 * DMA through memory that the client has mapped here. The client may change, unmap or shrink that memory at any time, so each touch of it
 * may fail and nothing read from it is read twice.
 */
final class MappedDma {
    private static final long GATHER_SEED = 88172645463325252L;
    /** How much is copied, or how many words are loaded, between two looks at the clock. */
    private static final long BYTES_PER_LOOK = 1 << 20;

    private static final int WORDS_PER_LOOK = 1024;

    private final DmaSpace space;
    private final long deadlineNanos;
    private long gathered;

    MappedDma(DmaSpace space, long deadlineNanos) {
        this.space = space;
        this.deadlineNanos = deadlineNanos;
    }

    /** Copies from the client; 0 or an errno. */
    int read(long iova, MemorySegment buffer, long iterations) {
        return copy(iova, buffer, DmaAccess.READ, iterations);
    }

    /** Copies to the client; 0 or an errno. */
    int write(long iova, MemorySegment buffer, long iterations) {
        return copy(iova, buffer, DmaAccess.WRITE, iterations);
    }

    private int copy(long iova, MemorySegment buffer, DmaAccess access, long iterations) {
        long untilLook = BYTES_PER_LOOK;
        try {
            for (long i = 0; i != iterations; i++) {
                if (access == DmaAccess.READ) {
                    space.read(iova, buffer);
                } else {
                    space.write(iova, buffer);
                }
                untilLook -= buffer.byteSize();
                if (untilLook <= 0) {
                    untilLook = BYTES_PER_LOOK;
                    if (System.nanoTime() - deadlineNanos > 0) {
                        return Errno.ETIMEDOUT.number();
                    }
                }
            }
            return 0;
        } catch (DmaFaultException e) {
            // Not mapped, or not for that; unmapped meanwhile; or the client has cut the file short.
            return Errno.EFAULT.number();
        }
    }

    /** Loads a 4-byte word {@code iterations} times from pseudo-random places, translating the address each time; 0 or an errno. */
    int gather(long iova, long length, long iterations) {
        long words = length / 4;
        if (words == 0) {
            return Errno.EINVAL.number();
        }
        long x = GATHER_SEED;
        int untilLook = WORDS_PER_LOOK;
        gathered = 0;
        try {
            for (long i = 0; i != iterations; i++) {
                x ^= x << 13;
                x ^= x >>> 7;
                x ^= x << 17;
                gathered += Integer.toUnsignedLong(space.readInt(iova + Long.remainderUnsigned(x, words) * 4));
                if (--untilLook == 0) {
                    untilLook = WORDS_PER_LOOK;
                    if (System.nanoTime() - deadlineNanos > 0) {
                        return Errno.ETIMEDOUT.number();
                    }
                }
            }
            return 0;
        } catch (DmaFaultException e) {
            return Errno.EFAULT.number();
        }
    }

    /** The sum of the words that {@link #gather} loaded. */
    long gathered() {
        return gathered;
    }
}
