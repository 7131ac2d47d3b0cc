// SPDX-License-Identifier: Apache-2.0
/** The GPU core driver. */
module io.lamella.core {
    requires static transitive org.jspecify;
    requires transitive io.lamella.pci;
    requires transitive io.lamella.hw;
}
