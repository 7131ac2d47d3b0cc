// SPDX-License-Identifier: Apache-2.0
package io.lamella.vgpu.type;

import io.lamella.vgpu.type.VgpuType.PciId;
import java.util.Set;

/**
 * A board as it can be bought, and what a software GPU can be made as.
 *
 * @param name such as {@code L40}; unique in a catalogue
 * @param product as drivers show it, such as {@code NVIDIA L40}
 * @param chip the board's; the software GPU has a GB202's registers for a GB202 and an AD102's for every other
 * @param id PCI vendor and device
 * @param subsystem PCI subsystem vendor and device
 * @param revision PCI revision
 * @param classCode base class, sub-class and programming interface, 24 bits
 * @param fbBytes frame buffer, nominally
 * @param virtualFunctions TotalVFs
 * @param note what else is to say, or empty
 * @param derived names of the file's values that follow from a rule instead of a published source
 */
public record Board(
        String name,
        String product,
        String chip,
        PciId id,
        PciId subsystem,
        int revision,
        int classCode,
        long fbBytes,
        int virtualFunctions,
        String note,
        Set<String> derived) {
    public Board {
        derived = Set.copyOf(derived);
    }
}
