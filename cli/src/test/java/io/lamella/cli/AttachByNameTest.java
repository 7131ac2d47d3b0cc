// SPDX-License-Identifier: Apache-2.0
package io.lamella.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.lamella.daemon.client.DaemonClient;
import io.lamella.host.node.VgpuDefinition;
import io.lamella.host.node.VgpuView;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** {@code qemu-args} and {@code libvirt-xml} with names that a real daemon knows. */
class AttachByNameTest {
    @TempDir
    static Path folder;

    private static TestDaemon daemon;
    private static VgpuView alice;

    private final StringWriter err = new StringWriter();

    @BeforeAll
    static void start() throws Exception {
        daemon = new TestDaemon(folder, "{name: gpu0, board: L40}");
        try (DaemonClient client = daemon.client()) {
            alice = client.create(VgpuDefinition.of("L40-8Q").withName("alice"));
            client.define(VgpuDefinition.of("L40-8Q").withName("bob"));
        }
    }

    @AfterAll
    static void stop() {
        daemon.close();
    }

    private String run(int expected, String... arguments) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        PrintStream before = System.out;
        System.setOut(new PrintStream(bytes, true, StandardCharsets.UTF_8));
        try {
            CommandLine line = Lamella.commandLine();
            line.setErr(new PrintWriter(err, true));
            assertThat(line.execute(arguments)).as(err.toString()).isEqualTo(expected);
        } finally {
            System.setOut(before);
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @ValueSource(strings = {"qemu-args", "libvirt-xml"})
    void printTheSocketThatTheDaemonServes(String command) {
        String socket = Objects.requireNonNull(alice.status().socket());
        String api = daemon.socket().toString();
        assertThat(run(ExitCode.OK, command, "alice", "--socket", api)).contains(socket);
        assertThat(run(ExitCode.OK, command, alice.uuid(), "--socket", api)).contains(socket);
        assertThat(run(ExitCode.OK, command, socket)).as("by its path").contains(socket);
    }

    @Test
    void sayWhatIsMissing() {
        String api = daemon.socket().toString();
        assertThat(run(ExitCode.FAILED, "qemu-args", "bob", "--socket", api)).isEmpty();
        assertThat(err.toString())
                .contains("bob has no socket while it is stopped")
                .contains("lamella vgpu start bob");
        assertThat(run(ExitCode.FAILED, "qemu-args", "carol", "--socket", api)).isEmpty();
        assertThat(err.toString()).contains("carol");
        assertThat(run(ExitCode.FAILED, "qemu-args", "alice", "--socket", folder + "/none.sock"))
                .isEmpty();
        assertThat(err.toString()).contains("No daemon listens");
    }
}
