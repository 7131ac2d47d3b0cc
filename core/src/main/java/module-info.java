// SPDX-License-Identifier: Apache-2.0
/** The GPU core driver. */
module io.lamella.core {
    requires static transitive org.jspecify;
    requires transitive io.lamella.pci;
    requires io.lamella.hw;

    exports io.lamella.core;
    exports io.lamella.core.contract;
}
