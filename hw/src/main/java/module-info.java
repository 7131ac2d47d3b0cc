// SPDX-License-Identifier: Apache-2.0
/** The GPU's reference manual as code without behaviour. */
module io.lamella.hw {
    requires static transitive org.jspecify;

    exports io.lamella.hw;
    exports io.lamella.hw.reg;
    exports io.lamella.hw.struct;
    exports io.lamella.hw.fsp;
    exports io.lamella.hw.gsp;
    exports io.lamella.hw.method;
    exports io.lamella.hw.mmu;
    exports io.lamella.hw.vgpu;

    uses io.lamella.hw.gsp.GspRelease;
}
