// SPDX-License-Identifier: Apache-2.0
/** Benchmarks. */
module io.lamella.bench {
    requires static transitive org.jspecify;
    requires transitive io.lamella.vfiouser;
    requires transitive io.lamella.host;
    // The render benchmark alone; without it the others work.
    requires static io.lamella.drm;
    requires jdk.management;

    exports io.lamella.bench;
}
