// SPDX-License-Identifier: Apache-2.0
/** The seam: a PCI function, its memory and its interrupts. */
module io.lamella.pci {
    requires static transitive org.jspecify;

    exports io.lamella.pci;
}
