// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.rm;

/**
 * How a function's video memory is divided once its GSP runs. Offsets are the function's own.
 *
 * @param sizeBytes all of it
 * @param usableEnd what the driver may use ends here; the resource manager's pages follow
 * @param bar1Root the root page directory of BAR1, which the driver writes
 * @param bar2Root the root page directory of BAR2, whose first entry the driver sends
 * @param firmwareStart where the firmware's memory begins, with a heap that is not protected
 * @param frtsOffset where the FRTS data is in it
 */
public record FbLayout(
        long sizeBytes, long usableEnd, long bar1Root, long bar2Root, long firmwareStart, long frtsOffset) {
    /** What the resource manager keeps for itself below the firmware's heap. */
    static final long RESERVED_BYTES = 1L << 20;

    private static final long PAGE_BYTES = 4096;
    private static final long ALIGNMENT = 1L << 16;

    /**
     * Lays out memory below the firmware.
     *
     * @param firmwareStart where the firmware's heap was put, everything above it included
     * @param frtsOffset where the FRTS data was put
     * @throws IllegalArgumentException if that leaves no usable memory
     */
    public static FbLayout below(long firmwareStart, long frtsOffset, long sizeBytes) {
        long reserved = (firmwareStart - RESERVED_BYTES) & -ALIGNMENT;
        if (firmwareStart > sizeBytes || reserved < RESERVED_BYTES) {
            throw new IllegalArgumentException("The driver put the firmware's heap at 0x"
                    + Long.toHexString(firmwareStart) + " of 0x" + Long.toHexString(sizeBytes)
                    + " bytes of video memory, which leaves nothing to use.");
        }
        return new FbLayout(sizeBytes, reserved, reserved, reserved + PAGE_BYTES, firmwareStart, frtsOffset);
    }
}
