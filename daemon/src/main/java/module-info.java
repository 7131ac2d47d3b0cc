// SPDX-License-Identifier: Apache-2.0
/** The host as a service: REST API, metrics, and a client for both. */
module io.lamella.daemon {
    requires static transitive org.jspecify;
    requires transitive io.lamella.host;
    requires org.eclipse.jetty.server;
    requires org.eclipse.jetty.unixdomain.server;
    requires transitive tools.jackson.databind;
    requires tools.jackson.dataformat.yaml;
    requires java.logging;
    requires java.management;

    // Says that the vGPU side is there, and brings it into the program.
    provides io.lamella.core.CorePeer with
            io.lamella.daemon.VgpuSide;

    exports io.lamella.daemon;
    exports io.lamella.daemon.api;
    exports io.lamella.daemon.client;
    exports io.lamella.daemon.http;
    exports io.lamella.daemon.operation;

    opens io.lamella.daemon to
            tools.jackson.databind;
    opens io.lamella.daemon.api to
            tools.jackson.databind;
    opens io.lamella.daemon.http to
            tools.jackson.databind;
    opens io.lamella.daemon.operation to
            tools.jackson.databind;
}
