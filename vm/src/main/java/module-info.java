// SPDX-License-Identifier: Apache-2.0
/** Virtual machines: QEMU, guest kernels, QMP. */
module io.lamella.vm {
    requires static transitive org.jspecify;
    requires transitive io.lamella.linux;
    requires tools.jackson.databind;

    exports io.lamella.vm;
    exports io.lamella.vm.archive;
    exports io.lamella.vm.build;
    exports io.lamella.vm.check;
    exports io.lamella.vm.guest;
    exports io.lamella.vm.qemu;
}
