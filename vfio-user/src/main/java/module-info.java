// SPDX-License-Identifier: Apache-2.0
/** The vfio-user protocol, server and client. */
module io.lamella.vfiouser {
    requires static transitive org.jspecify;
    requires transitive io.lamella.linux;
    requires transitive io.lamella.pci;

    exports io.lamella.vfiouser.client;
    exports io.lamella.vfiouser.example;
    exports io.lamella.vfiouser.hostile;
    exports io.lamella.vfiouser.server;
    exports io.lamella.vfiouser.wire;
}
