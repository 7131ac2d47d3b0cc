// SPDX-License-Identifier: Apache-2.0
package io.lamella.vfiouser.example;

import io.lamella.linux.Errno;
import io.lamella.pci.DmaAccess;
import io.lamella.pci.DmaFaultException;
import io.lamella.pci.DmaRegion;
import io.lamella.pci.DmaSpace;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

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

    /** A mapped part of the range that is to be moved. */
    private record Piece(MemorySegment memory, long bufferOffset) {}

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
        List<Piece> pieces = null;
        long generation = 0;
        long untilLook = BYTES_PER_LOOK;
        try {
            for (long i = 0; i != iterations; i++) {
                long now = space.generation();
                if (pieces == null || now != generation) {
                    generation = now;
                    pieces = pieces(iova, buffer.byteSize(), access);
                    if (pieces == null) {
                        return Errno.EFAULT.number();
                    }
                }
                for (Piece piece : pieces) {
                    MemorySegment part = buffer.asSlice(piece.bufferOffset, piece.memory.byteSize());
                    if (access == DmaAccess.READ) {
                        part.copyFrom(piece.memory);
                    } else {
                        piece.memory.copyFrom(part);
                    }
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
        } catch (IllegalStateException | InternalError e) {
            // Unmapped meanwhile, or the client has cut the file short.
            return Errno.EFAULT.number();
        }
    }

    /** The mapped memory that makes up the range, or null if a byte of it is not mapped with that access. */
    private @Nullable List<Piece> pieces(long iova, long length, DmaAccess access) {
        MemorySegment whole = space.segment(iova, length, access);
        if (whole != null) {
            return List.of(new Piece(whole, 0));
        }
        List<Piece> found = new ArrayList<>();
        long done = 0;
        for (DmaRegion region : space.regions()) {
            long offset = iova + done - region.iova();
            if (done == length || Long.compareUnsigned(offset, region.sizeBytes()) >= 0) {
                continue;
            }
            long left = region.sizeBytes() - offset;
            long part = Long.compareUnsigned(left, length - done) < 0 ? left : length - done;
            // The region's own memory would do, but the space is who says whether it may be used now.
            MemorySegment memory = space.segment(iova + done, part, access);
            if (memory == null) {
                return null;
            }
            found.add(new Piece(memory, done));
            done += part;
        }
        return done == length ? found : null;
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
