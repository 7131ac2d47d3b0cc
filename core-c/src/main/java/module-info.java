// SPDX-License-Identifier: Apache-2.0
/** The GPU core's interface for C. */
module io.lamella.core.c {
    requires static transitive org.jspecify;
    requires transitive io.lamella.core;
    requires transitive io.lamella.pci;

    exports io.lamella.core.c;

    // GPUs that liblamella-core.so can open by name.
    uses io.lamella.core.c.GpuSource;
}
