// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.c.abi;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Runs of bytes for C, which can only be given memory outside of the Java heap. */
public final class Blocks {
    private static final long HEAP_PIECE_BYTES = 1 << 16;

    private Blocks() {}

    /** Moves one piece. */
    @FunctionalInterface
    public interface Mover {
        /** @param offset of the piece in the whole */
        void move(long offset, MemorySegment piece);
    }

    /** Has {@code mover} write all of a segment, in pieces that C can reach and that are not too large. */
    public static void fill(MemorySegment destination, Mover mover) {
        each(destination, false, mover);
    }

    /** Has {@code mover} read all of a segment. */
    public static void drain(MemorySegment source, Mover mover) {
        each(source, true, mover);
    }

    private static void each(MemorySegment whole, boolean draining, Mover mover) {
        long most = whole.isNative() ? Limits.MAX_BLOCK_BYTES : HEAP_PIECE_BYTES;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment between = whole.isNative()
                    ? MemorySegment.NULL
                    : arena.allocate(Math.max(1, Math.min(most, whole.byteSize())));
            for (long done = 0; done < whole.byteSize(); ) {
                long length = Math.min(most, whole.byteSize() - done);
                MemorySegment piece = whole.asSlice(done, length);
                if (whole.isNative()) {
                    mover.move(done, piece);
                } else {
                    MemorySegment copy = between.asSlice(0, length);
                    if (draining) {
                        copy.copyFrom(piece);
                    }
                    mover.move(done, copy);
                    if (!draining) {
                        piece.copyFrom(copy);
                    }
                }
                done += length;
            }
        }
    }
}
