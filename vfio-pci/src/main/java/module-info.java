// SPDX-License-Identifier: Apache-2.0
/** A real PCI device, held by the kernel's vfio-pci driver, as a slot. */
module io.lamella.vfiopci {
    requires static transitive org.jspecify;
    requires io.lamella.linux;
    requires transitive io.lamella.pci;

    exports io.lamella.vfiopci;
}
