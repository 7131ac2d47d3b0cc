// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu;

/**
 * What a software GPU shows itself as. Its chip stays an AD102 whatever the board.
 *
 * @param name as the firmware gives it, such as {@code NVIDIA L40}; up to 63 characters
 * @param shortName such as {@code L40}
 * @param deviceId PCI device
 * @param subsystemVendorId PCI subsystem vendor
 * @param subsystemId PCI subsystem
 * @param revisionId PCI revision
 * @param classCode base class, sub-class and programming interface, 24 bits
 */
public record BoardIdentity(
        String name,
        String shortName,
        int deviceId,
        int subsystemVendorId,
        int subsystemId,
        int revisionId,
        int classCode) {
    /** An L40: a 3D controller, a GPU without a display. */
    public static final BoardIdentity L40 =
            new BoardIdentity("NVIDIA L40", "L40", 0x26b5, 0x10de, 0x169d, 0xa1, 0x030200);
}
