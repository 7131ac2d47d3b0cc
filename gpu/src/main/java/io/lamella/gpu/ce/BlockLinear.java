// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.ce;

import io.lamella.hw.method.CopyMethod.BlockSize;

/**
 * Where a byte of a block-linear surface is. Memory is made of GOBs, 64 bytes by 8 lines, whose bytes are swizzled in pieces of 16 bytes by
 * 2 lines; blocks are one GOB wide and some GOBs high and deep; blocks follow each other along x, then y, then z.
 *
 * <p>Set anew for each copy.
 */
final class BlockLinear {
    /** Bytes that stay together. */
    static final int RUN_BYTES = 16;

    /** Bytes of a line of a GOB. */
    static final int GOB_WIDTH = 64;

    /** From the first to the last byte of such a line, as it lies in memory. */
    static final int ROW_SPAN = 288 + RUN_BYTES;

    private static final int MAX_LOG2 = 5;
    private static final int GOB_BYTES = 512;

    private int gobsHighLog2;
    private int gobsDeepLog2;
    private long blocksAcross;
    private long firstBlock;
    private long firstGob;

    /** Whether the class defines such blocks. */
    static boolean isSupported(BlockSize size) {
        return size.widthLog2Gobs() == 0
                && size.heightLog2Gobs() <= MAX_LOG2
                && size.depthLog2() <= MAX_LOG2
                && size.isGobHeightFermi();
    }

    /**
     * Sets it.
     *
     * @param widthBytes of a line of the surface, unsigned
     * @param heightLines of the surface, unsigned
     * @param size of its blocks, which is supported
     * @param layer which slice of the depth is meant
     */
    void set(int widthBytes, int heightLines, BlockSize size, int layer) {
        gobsHighLog2 = size.heightLog2Gobs();
        gobsDeepLog2 = size.depthLog2();
        blocksAcross = Math.ceilDiv(Integer.toUnsignedLong(widthBytes), 64L);
        long blocksDown = Math.ceilDiv(Integer.toUnsignedLong(heightLines), 8L << gobsHighLog2);
        firstBlock = (long) (layer >>> gobsDeepLog2) * blocksDown * blocksAcross;
        firstGob = (long) (layer & (1 << gobsDeepLog2) - 1) << gobsHighLog2;
    }

    /** Offset of the byte {@code x} of line {@code y}. */
    long offset(long x, long y) {
        long gobY = y >>> 3;
        long block = firstBlock + (gobY >>> gobsHighLog2) * blocksAcross + (x >>> 6);
        long gob = firstGob + (gobY & (1 << gobsHighLog2) - 1);
        return ((block << (gobsHighLog2 + gobsDeepLog2)) + gob) * GOB_BYTES + inGob((int) x & 63, (int) y & 7);
    }

    static int inGob(int x, int y) {
        return (x >>> 5) * 256 + (y >>> 1) * 64 + (x >>> 4 & 1) * 32 + (y & 1) * 16 + (x & 15);
    }
}
