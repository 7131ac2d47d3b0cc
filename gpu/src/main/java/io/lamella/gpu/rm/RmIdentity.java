// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.rm;

import org.jspecify.annotations.Nullable;

/**
 * What the firmware says the GPU is.
 *
 * @param name such as {@code NVIDIA L40}; up to 63 bytes count
 * @param shortName such as {@code L40}
 * @param sriov virtual functions, or null on a function that has none to give
 */
public record RmIdentity(
        String name, String shortName, @Nullable Sriov sriov) {
    /**
     * Virtual functions.
     *
     * @param total how many there can be
     * @param vmmuSegmentBytes the unit in which video memory is given to them
     * @param bar0Bytes what each has of registers
     * @param bar1Bytes of the frame-buffer aperture's space
     * @param bar2Bytes of the instance aperture's, which is PCI BAR 3
     */
    public record Sriov(int total, long vmmuSegmentBytes, long bar0Bytes, long bar1Bytes, long bar2Bytes) {}
}
