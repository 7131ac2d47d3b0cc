// SPDX-License-Identifier: Apache-2.0
package io.lamella.vfiouser.hostile;

import io.lamella.linux.Errno;
import io.lamella.linux.LinuxException;
import io.lamella.pci.PciFunction;
import io.lamella.vfiouser.example.ExampleDevice;
import io.lamella.vfiouser.server.ServerListener;
import io.lamella.vfiouser.server.ServerOptions;
import io.lamella.vfiouser.server.ServerStatistics;
import io.lamella.vfiouser.server.VfioUserServer;
import java.nio.file.Path;

/** The example device, or another function, served in this process. */
final class ServedExample implements AutoCloseable {
    /** Time limits short enough for tests that run into them. */
    private static final ServerOptions OPTIONS = ServerOptions.DEFAULTS.withTimeouts(4000, 700, 1000, 300);

    private final Path socket;
    private final PciFunction function;
    private final ServerOptions options;
    private VfioUserServer server;

    ServedExample(Path socket) {
        this(socket, new ExampleDevice(300_000_000), OPTIONS.withoutBusMaster());
    }

    ServedExample(Path socket, PciFunction function, ServerOptions options) {
        this.socket = socket;
        this.function = function;
        this.options = options;
        this.server = listen();
    }

    private VfioUserServer listen() {
        return VfioUserServer.listen(function, socket, options, ServerListener.NONE);
    }

    Path socket() {
        return socket;
    }

    ServerStatistics statistics() {
        return server.statistics();
    }

    void stop() {
        server.close();
    }

    void restart() {
        server.close();
        server = listen();
    }

    /** Whether a second server can take the same path. */
    boolean canBindAgain() {
        try (ExampleDevice other = new ExampleDevice()) {
            VfioUserServer.listen(other, socket).close();
            return true;
        } catch (LinuxException e) {
            if (!e.is(Errno.EADDRINUSE)) {
                throw e;
            }
            return false;
        }
    }

    @Override
    public void close() {
        server.close();
        if (function instanceof ExampleDevice device) {
            device.close();
        }
    }
}
