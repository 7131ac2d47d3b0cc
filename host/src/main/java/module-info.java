// SPDX-License-Identifier: Apache-2.0
/** The daemon that wires GPU, core, vGPUs and sockets. */
module io.lamella.host {
    requires static transitive org.jspecify;
    requires transitive io.lamella.vfio;
    requires transitive io.lamella.gpu;
    requires transitive io.lamella.core.c;
    // An installation can be made without the DRM peer; then a GPU cannot be given to it.
    requires static transitive io.lamella.drm;
    requires tools.jackson.databind;
    requires tools.jackson.dataformat.yaml;
    requires com.fasterxml.jackson.annotation;

    exports io.lamella.host;
    exports io.lamella.host.node;
    exports io.lamella.host.store;
    exports io.lamella.host.guest;

    // Says whether the DRM peer is there, and brings it in.
    uses io.lamella.core.CorePeer;

    // The GPU that a C program opens by name through liblamella-core.so.
    provides io.lamella.core.c.GpuSource with
            io.lamella.host.SoftwareGpuSource;

    // Stored documents are records that nobody else sees.
    opens io.lamella.host.node to
            tools.jackson.databind;
}
