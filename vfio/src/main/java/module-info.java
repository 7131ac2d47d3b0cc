// SPDX-License-Identifier: Apache-2.0
/** A vGPU as a VFIO device over vfio-user. */
module io.lamella.vfio {
    requires static transitive org.jspecify;
    requires transitive io.lamella.vgpu;
    requires transitive io.lamella.vfiouser;
    requires transitive io.lamella.pci;
    requires io.lamella.linux;

    exports io.lamella.vfio;
}
