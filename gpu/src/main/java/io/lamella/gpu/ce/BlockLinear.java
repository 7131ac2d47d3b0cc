// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.ce;

import io.lamella.hw.method.CopyMethod.BlockSize;

/**
 * Where a byte of a block-linear surface is. Memory is made of GOBs, 64 bytes by 8 lines, whose bytes are swizzled in pieces of 16 bytes by
 * 2 lines; blocks are one GOB wide and some GOBs high and deep; blocks follow each other along x, then y, then z.
 *
 * @param widthBytes of a line of the surface
 * @param heightLines of the surface
 * @param gobsHighLog2 log2 of a block's height in GOBs
 * @param gobsDeepLog2 log2 of a block's depth
 * @param layer which slice of the depth is meant
 */
record BlockLinear(int widthBytes, int heightLines, int gobsHighLog2, int gobsDeepLog2, int layer) {
    /** Bytes that stay together. */
    static final int RUN_BYTES = 16;

    private static final int MAX_LOG2 = 5;
    private static final int GOB_BYTES = 512;

    /** Whether the class defines such blocks. */
    static boolean isSupported(BlockSize size) {
        return size.widthLog2Gobs() == 0
                && size.heightLog2Gobs() <= MAX_LOG2
                && size.depthLog2() <= MAX_LOG2
                && size.isGobHeightFermi();
    }

    /** Offset of the byte {@code x} of line {@code y}. */
    long offset(long x, long y) {
        long blocksAcross = Math.ceilDiv(Integer.toUnsignedLong(widthBytes), 64L);
        long blocksDown = Math.ceilDiv(Integer.toUnsignedLong(heightLines), 8L << gobsHighLog2);
        long gobY = y >>> 3;
        long block =
                ((long) (layer >>> gobsDeepLog2) * blocksDown + (gobY >>> gobsHighLog2)) * blocksAcross + (x >>> 6);
        long slice = layer & (1 << gobsDeepLog2) - 1;
        long gob = (slice << gobsHighLog2) + (gobY & (1 << gobsHighLog2) - 1);
        return ((block << (gobsHighLog2 + gobsDeepLog2)) + gob) * GOB_BYTES + inGob((int) x & 63, (int) y & 7);
    }

    private static int inGob(int x, int y) {
        return (x >>> 5) * 256 + (y >>> 1) * 64 + (x >>> 4 & 1) * 32 + (y & 1) * 16 + (x & 15);
    }
}
