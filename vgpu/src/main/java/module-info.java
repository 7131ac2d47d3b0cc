// SPDX-License-Identifier: Apache-2.0
/** The vGPU manager. */
module io.lamella.vgpu {
    requires static transitive org.jspecify;
    requires transitive io.lamella.core;
    requires io.lamella.hw;
    requires tools.jackson.databind;

    exports io.lamella.vgpu;
    exports io.lamella.vgpu.placement;
    exports io.lamella.vgpu.type;
}
