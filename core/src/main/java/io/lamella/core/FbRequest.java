// SPDX-License-Identifier: Apache-2.0
package io.lamella.core;

/**
 * Wanted: a range of frame buffer.
 *
 * @param label what it is for
 * @param sizeBytes rounded up to whole units of the alignment
 * @param alignment of both its start and its size
 * @param direction from which end to look when several holes fit equally well
 */
public record FbRequest(String label, long sizeBytes, Alignment alignment, Direction direction) {
    /** In which units. */
    public enum Alignment {
        /** 4 KiB. */
        PAGE,
        /** 2 MiB, the GPU's large page. */
        LARGE_PAGE,
        /** The VMMU's segment: what is given to a virtual function. */
        VMMU_SEGMENT
    }

    /** From which end. */
    public enum Direction {
        BOTTOM_UP,
        TOP_DOWN
    }

    /** Memory of a virtual function. */
    public static FbRequest vmmuSegments(String label, long sizeBytes) {
        return new FbRequest(label, sizeBytes, Alignment.VMMU_SEGMENT, Direction.BOTTOM_UP);
    }

    /** Memory of the host's side, kept away from where virtual functions' memory grows. */
    public static FbRequest pages(String label, long sizeBytes) {
        return new FbRequest(label, sizeBytes, Alignment.PAGE, Direction.TOP_DOWN);
    }
}
