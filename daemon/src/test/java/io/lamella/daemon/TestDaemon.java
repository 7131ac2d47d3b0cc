// SPDX-License-Identifier: Apache-2.0
package io.lamella.daemon;

import io.lamella.daemon.client.DaemonClient;
import io.lamella.daemon.http.ApiServer;
import io.lamella.daemon.http.UnixEndpoint;
import io.lamella.host.node.GpuConfiguration;
import io.lamella.host.node.NodeConfiguration;
import io.lamella.linux.SocketAccess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;

/** A daemon with software GPUs in a folder of its own. */
final class TestDaemon implements AutoCloseable {
    final Daemon daemon;

    TestDaemon(Path folder, int gpus) throws IOException {
        this(folder, gpus, NodeConfiguration.DEFAULT_EVENT_CAPACITY);
    }

    TestDaemon(Path folder, int gpus, int events) throws IOException {
        GpuConfiguration[] all = new GpuConfiguration[gpus];
        for (int i = 0; i < gpus; i++) {
            all[i] = GpuConfiguration.of("gpu" + i);
        }
        Path sockets = Files.createDirectories(
                folder.resolve("vgpus"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        daemon = Daemon.start(new DaemonConfiguration(
                new NodeConfiguration(
                        "node", List.of(all), sockets, null, List.of(), null, List.of(), events, SocketAccess.OWNER),
                new UnixEndpoint(folder.resolve("api.sock")),
                List.of(),
                new ApiServer.Limits(100, 5_000)));
    }

    DaemonClient client() {
        return DaemonClient.connect(daemon.socket());
    }

    @Override
    public void close() {
        daemon.close();
    }
}
