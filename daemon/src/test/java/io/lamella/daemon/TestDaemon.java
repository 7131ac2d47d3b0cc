// SPDX-License-Identifier: Apache-2.0
package io.lamella.daemon;

import io.lamella.daemon.client.DaemonClient;
import io.lamella.daemon.http.ApiServer;
import io.lamella.daemon.http.TcpEndpoint;
import io.lamella.daemon.http.UnixEndpoint;
import io.lamella.host.node.GpuConfiguration;
import io.lamella.host.node.NodeConfiguration;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;

/** A daemon with software GPUs in a folder of its own. */
final class TestDaemon implements AutoCloseable {
    final Daemon daemon;

    TestDaemon(Path folder, int gpus, TcpEndpoint... tcp) throws IOException {
        GpuConfiguration[] all = new GpuConfiguration[gpus];
        for (int i = 0; i < gpus; i++) {
            all[i] = GpuConfiguration.of("gpu" + i);
        }
        daemon = Daemon.start(new DaemonConfiguration(
                NodeConfiguration.of(all)
                        .withRuntimeDirectory(Files.createDirectories(
                                folder.resolve("vgpus"),
                                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")))),
                new UnixEndpoint(folder.resolve("api.sock")),
                List.of(tcp),
                new ApiServer.Limits(64, 5_000)));
    }

    DaemonClient client() {
        return DaemonClient.connect(daemon.socket());
    }

    @Override
    public void close() {
        daemon.close();
    }
}
