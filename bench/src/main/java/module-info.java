// SPDX-License-Identifier: Apache-2.0
/** Benchmarks. */
module io.lamella.bench {
    requires static transitive org.jspecify;
    requires transitive io.lamella.vfiouser;
    requires transitive io.lamella.host;
    // The render benchmark alone; without it the others work.
    requires static io.lamella.drm;
    requires jdk.management;

    // Says that the benchmarks are there, and brings them into the program.
    provides io.lamella.core.CorePeer with
            io.lamella.bench.Benchmarks;

    exports io.lamella.bench;
}
