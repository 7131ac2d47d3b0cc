// SPDX-License-Identifier: Apache-2.0
/** The software GPU. */
module io.lamella.gpu {
    requires static transitive org.jspecify;
    requires transitive io.lamella.pci;
    requires transitive io.lamella.hw;
    requires transitive io.lamella.linux;

    exports io.lamella.gpu;
    exports io.lamella.gpu.bank;
    exports io.lamella.gpu.vbios;
    exports io.lamella.gpu.firmware;
    exports io.lamella.gpu.fb;
    exports io.lamella.gpu.gsp;
    exports io.lamella.gpu.host;
    exports io.lamella.gpu.rm;
    exports io.lamella.gpu.plugin;
    exports io.lamella.gpu.sched;
    exports io.lamella.gpu.trace;
    exports io.lamella.gpu.recording;
}
