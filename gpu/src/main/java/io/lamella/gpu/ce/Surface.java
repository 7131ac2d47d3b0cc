// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.ce;

import io.lamella.gpu.mmu.MemoryView;
import org.jspecify.annotations.Nullable;

/** One side of a copy: lines of bytes in some layout. Filled anew for each copy. */
final class Surface {
    private @Nullable MemoryView view;
    private MemoryView.Access access = MemoryView.Access.READ;
    private long base;
    private long pitch;
    private final BlockLinear blocks = new BlockLinear();
    private boolean tiled;
    private long originX;
    private long originY;

    void setPitch(MemoryView newView, MemoryView.Access newAccess, long newBase, long newPitch) {
        view = newView;
        access = newAccess;
        base = newBase;
        pitch = newPitch;
        tiled = false;
    }

    /** In blocks, which the caller has set: lines begin {@code x} bytes from their left end, and the first is line {@code y}. */
    void setBlocks(MemoryView newView, MemoryView.Access newAccess, long newBase, long x, long y) {
        view = newView;
        access = newAccess;
        base = newBase;
        tiled = true;
        originX = x;
        originY = y;
    }

    BlockLinear blocks() {
        return blocks;
    }

    MemoryView view() {
        MemoryView known = view;
        if (known == null) {
            throw new IllegalStateException("The surface was not set.");
        }
        return known;
    }

    MemoryView.Access access() {
        return access;
    }

    boolean isPitch() {
        return !tiled;
    }

    long pitch() {
        return pitch;
    }

    /** Address of a byte of a line. */
    long address(long line, long at) {
        return tiled ? base + blocks.offset(originX + at, originY + line) : base + line * pitch + at;
    }

    /** How many bytes from there on follow one another, at most {@code wanted}. */
    long together(long at, long wanted) {
        return tiled ? Math.min(wanted, BlockLinear.RUN_BYTES - ((originX + at) & BlockLinear.RUN_BYTES - 1)) : wanted;
    }

    /** Whether a line of a GOB begins there. */
    boolean isLeftEdgeOfGob(long at) {
        return ((originX + at) & BlockLinear.GOB_WIDTH - 1) == 0;
    }

    /** Where the nth 16 bytes of a line of a GOB are, from its first. */
    int partOfRow(int n) {
        return tiled ? BlockLinear.inGob(n * BlockLinear.RUN_BYTES, 0) : n * BlockLinear.RUN_BYTES;
    }
}
