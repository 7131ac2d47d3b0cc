// SPDX-License-Identifier: Apache-2.0
/** The lamella command. */
module io.lamella.cli {
    requires static transitive org.jspecify;
    requires transitive io.lamella.host;
    requires transitive io.lamella.vm;
    requires transitive io.lamella.bench;
    requires transitive io.lamella.vfiouser;
    requires info.picocli;
    requires tools.jackson.databind;
}
