// SPDX-License-Identifier: Apache-2.0
package io.lamella.core;

/**
 * Wanted: a range of frame buffer.
 *
 * @param label what it is for
 * @param sizeBytes rounded up to whole units of the alignment
 * @param alignment of both its start and its size
 * @param position where
 */
public record FbRequest(String label, long sizeBytes, Alignment alignment, Position position) {
    /** In which units. */
    public enum Alignment {
        /** 4 KiB. */
        PAGE,
        /** 2 MiB, the GPU's large page. */
        LARGE_PAGE,
        /** The VMMU's segment: what is given to a virtual function. */
        VMMU_SEGMENT
    }

    /** Where. */
    public sealed interface Position {
        /** In the hole that fits best, at its lower end. */
        Position BOTTOM_UP = new Anywhere(false);

        /** As high as possible: out of the way of ranges with a place of their own. */
        Position TOP_DOWN = new Anywhere(true);

        /**
         * Just there. Since version 1.1 of the interface.
         *
         * @param offset byte address in frame buffer, a multiple of the alignment
         */
        record At(long offset) implements Position {}

        /**
         * Where the core likes.
         *
         * @param highest whether as high as possible
         */
        record Anywhere(boolean highest) implements Position {}
    }

    /** Memory of a virtual function. */
    public static FbRequest vmmuSegments(String label, long sizeBytes) {
        return new FbRequest(label, sizeBytes, Alignment.VMMU_SEGMENT, Position.BOTTOM_UP);
    }

    /** Memory of the host's side, kept away from where virtual functions' memory is. */
    public static FbRequest pages(String label, long sizeBytes) {
        return new FbRequest(label, sizeBytes, Alignment.PAGE, Position.TOP_DOWN);
    }

    /** The same at a place that the caller has chosen. */
    public FbRequest at(long offset) {
        return new FbRequest(label, sizeBytes, alignment, new Position.At(offset));
    }
}
