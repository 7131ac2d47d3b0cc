// SPDX-License-Identifier: Apache-2.0
package io.lamella.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lamella.daemon.client.DaemonClient;
import io.lamella.daemon.http.ApiServer;
import io.lamella.daemon.http.UnixEndpoint;
import io.lamella.host.node.GpuConfiguration;
import io.lamella.host.node.NodeConfiguration;
import io.lamella.host.node.VgpuDefinition;
import io.lamella.host.node.VgpuPhase;
import io.lamella.host.node.VgpuView;
import io.lamella.vfiouser.client.VfioUserSlot;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class ShutdownTest {
    @TempDir
    Path folder;

    private DaemonConfiguration configuration() throws Exception {
        Path sockets = folder.resolve("vgpus");
        if (!Files.exists(sockets)) {
            Files.createDirectory(
                    sockets, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        }
        return new DaemonConfiguration(
                NodeConfiguration.of(GpuConfiguration.of("gpu0"))
                        .withRuntimeDirectory(sockets)
                        .withStateDirectory(folder.resolve("state")),
                new UnixEndpoint(folder.resolve("api.sock")),
                List.of(),
                ApiServer.Limits.DEFAULT);
    }

    @Test
    void sendsVmsAwayInTimeAndKnowsEverythingAgain() throws Exception {
        VgpuView before;
        Path socket;
        Daemon first = Daemon.start(configuration());
        try (DaemonClient client = DaemonClient.connect(first.socket())) {
            before = client.create(VgpuDefinition.of("L40-8Q").withName("kept"));
            VgpuView off =
                    client.define(VgpuDefinition.of("L40-8Q").withName("off").withAutostart(false));
            assertThat(off.status().phase()).isEqualTo(VgpuPhase.STOPPED);
            socket = Path.of(Objects.requireNonNull(before.status().socket()));
            try (VfioUserSlot slot = VfioUserSlot.open(socket, 5_000, true)) {
                assertThat(slot.function().readConfig(0, 2)).isEqualTo(0x10de);
                long begun = System.nanoTime();
                first.close();
                assertThat(System.nanoTime() - begun).isLessThan(20_000_000_000L);
                // The VM's side sees its device go, and does not hang.
                assertThatThrownBy(() -> slot.function().readConfig(0, 2)).hasMessageContaining("has closed it");
            }
        } finally {
            first.close();
        }
        assertThat(socket).doesNotExist();
        assertThat(folder.resolve("api.sock")).doesNotExist();
        try (Daemon second = Daemon.start(configuration());
                DaemonClient client = DaemonClient.connect(second.socket())) {
            VgpuView after = client.vgpu("kept");
            assertThat(after.uuid()).isEqualTo(before.uuid());
            assertThat(after.revision()).isGreaterThan(before.revision());
            assertThat(after.status().phase()).isEqualTo(VgpuPhase.RUNNING);
            assertThat(client.vgpu("off").status().phase()).isEqualTo(VgpuPhase.STOPPED);
        }
    }
}
