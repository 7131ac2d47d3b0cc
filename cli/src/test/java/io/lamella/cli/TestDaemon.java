// SPDX-License-Identifier: Apache-2.0
package io.lamella.cli;

import io.lamella.daemon.ConfigurationException;
import io.lamella.daemon.Daemon;
import io.lamella.daemon.DaemonConfiguration;
import io.lamella.daemon.DefaultPaths;
import io.lamella.daemon.client.DaemonClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A real daemon with everything of its own in a folder. */
public final class TestDaemon implements AutoCloseable {
    private final Daemon daemon;

    /** @param gpus as the configuration's list has them, such as {@code {name: gpu0, board: L40}} */
    public TestDaemon(Path folder, String... gpus) throws IOException, ConfigurationException {
        Path file = Files.writeString(folder.resolve("lamella.yaml"), """
                stateDirectory: %1$s/state
                runtimeDirectory: %1$s/run
                api: {socket: %1$s/api.sock}
                gpus: [%2$s]
                """.formatted(folder, String.join(", ", gpus)));
        daemon = Daemon.start(DaemonConfiguration.load(file, DefaultPaths.ofUser()));
    }

    public Path socket() {
        return daemon.socket();
    }

    public DaemonClient client() {
        return DaemonClient.connect(socket());
    }

    @Override
    public void close() {
        daemon.close();
    }
}
