// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu;

import io.lamella.hw.Chip;

/**
 * What a software GPU shows itself as.
 *
 * @param chip AD102 or GB202
 * @param name as the firmware gives it, such as {@code NVIDIA L40}; up to 63 characters
 * @param shortName such as {@code L40}
 * @param deviceId PCI device
 * @param subsystemVendorId PCI subsystem vendor
 * @param subsystemId PCI subsystem
 * @param revisionId PCI revision
 * @param classCode base class, sub-class and programming interface, 24 bits
 */
public record BoardIdentity(
        Chip chip,
        String name,
        String shortName,
        int deviceId,
        int subsystemVendorId,
        int subsystemId,
        int revisionId,
        int classCode) {
    /** An L40: a 3D controller, a GPU without a display. */
    public static final BoardIdentity L40 =
            new BoardIdentity(Chip.AD102, "NVIDIA L40", "L40", 0x26b5, 0x10de, 0x169d, 0xa1, 0x030200);

    /** An RTX PRO 6000 of the Blackwell generation for servers: a 3D controller with 96 GiB. */
    public static final BoardIdentity RTX_PRO_6000 = new BoardIdentity(
            Chip.GB202,
            "NVIDIA RTX PRO 6000 Blackwell Server Edition",
            "RTX PRO 6000 Blackwell SE",
            0x2bb5,
            0x10de,
            0x204e,
            0xa1,
            0x030200);

    public BoardIdentity {
        if (chip != Chip.AD102 && chip != Chip.GB202) {
            throw new IllegalArgumentException("The software GPU cannot be a " + chip + "; it can be an " + Chip.AD102
                    + " or a " + Chip.GB202 + ".");
        }
    }

    /** What the board has of video memory unless it is built with another size. */
    long frameBufferBytes() {
        return switch (chip.architecture()) {
            case ADA -> 48L << 30;
            case BLACKWELL_GB20X -> 96L << 30;
        };
    }
}
