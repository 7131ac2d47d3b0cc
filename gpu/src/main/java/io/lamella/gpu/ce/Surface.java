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
    private @Nullable BlockLinear blocks;
    private long originX;
    private long originY;

    void setPitch(MemoryView newView, MemoryView.Access newAccess, long newBase, long newPitch) {
        view = newView;
        access = newAccess;
        base = newBase;
        pitch = newPitch;
        blocks = null;
    }

    void setBlocks(
            MemoryView newView, MemoryView.Access newAccess, long newBase, BlockLinear newBlocks, long x, long y) {
        view = newView;
        access = newAccess;
        base = newBase;
        blocks = newBlocks;
        originX = x;
        originY = y;
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
        return blocks == null;
    }

    long pitch() {
        return pitch;
    }

    /** Address of a byte of a line. */
    long address(long line, long at) {
        BlockLinear known = blocks;
        return known == null ? base + line * pitch + at : base + known.offset(originX + at, originY + line);
    }

    /** How many bytes from there on follow one another, at most {@code wanted}. */
    long together(long at, long wanted) {
        return blocks == null
                ? wanted
                : Math.min(wanted, BlockLinear.RUN_BYTES - ((originX + at) & BlockLinear.RUN_BYTES - 1));
    }
}
