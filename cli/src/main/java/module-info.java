// SPDX-License-Identifier: Apache-2.0
/** The lamella command. */
module io.lamella.cli {
    requires static transitive org.jspecify;
    requires io.lamella.core;
    requires io.lamella.core.c;
    requires io.lamella.gpu;
    requires io.lamella.vm;
    // A program can be made without the vGPU side, without the benchmarks, or without the DRM peer; the commands say so
    // then. CorePeer brings in
    // what is there.
    requires static io.lamella.daemon;
    requires static io.lamella.host;
    requires static io.lamella.bench;
    requires static io.lamella.drm;
    requires io.lamella.vfiouser;
    requires java.logging;
    requires io.lamella.vfiopci;
    requires info.picocli;
    requires tools.jackson.databind;
    requires tools.jackson.dataformat.yaml;

    opens io.lamella.cli to
            info.picocli;
    opens io.lamella.cli.node to
            info.picocli;
    opens io.lamella.cli.render to
            info.picocli;
    opens io.lamella.cli.smi to
            info.picocli;

    exports io.lamella.cli;

    // Names the peers that are there, and brings them into the program.
    uses io.lamella.core.CorePeer;
}
