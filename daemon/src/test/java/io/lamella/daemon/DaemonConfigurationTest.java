// SPDX-License-Identifier: Apache-2.0
package io.lamella.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lamella.daemon.http.Violation;
import io.lamella.host.node.GpuConfiguration;
import io.lamella.host.node.GpuMode;
import io.lamella.linux.SocketAccess;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DaemonConfigurationTest {
    private static final DefaultPaths PATHS = DefaultPaths.of(Map.of(), true, "/root");

    @TempDir
    Path folder;

    @Test
    void nothingSaidIsOneL40() throws Exception {
        DaemonConfiguration made = DaemonConfiguration.parse("f", "", PATHS);
        assertThat(made).isEqualTo(DaemonConfiguration.defaults(PATHS));
        assertThat(made.node().gpus()).containsExactly(GpuConfiguration.of("gpu0"));
        assertThat(made.socket().path()).isEqualTo(Path.of("/run/lamella/api.sock"));
        assertThat(made.socket().mode()).isEqualTo("rw-rw----");
        assertThat(made.tcp()).isEmpty();
    }

    /** The file that documents every key says nothing but the defaults. */
    @Test
    void theFileThatIsShippedIsTheDefault() throws Exception {
        String text;
        try (InputStream in = Objects.requireNonNull(Daemon.class.getResourceAsStream("lamella.yaml"))) {
            text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
        assertThat(DaemonConfiguration.parse("lamella.yaml", text, PATHS))
                .isEqualTo(DaemonConfiguration.parse("", "", PATHS));
        // With the comment signs gone it is a file too, and has every key that there is.
        String everything = text.lines()
                .filter(line -> line.matches("#? ?[ -]*[a-zA-Z]+:.*|#? *- [a-z{].*"))
                .map(line -> line.replaceFirst("^#", ""))
                .reduce("", (a, b) -> a + b + "\n");
        Path token = secret("0123456789abcdef0123456789abcdef");
        String real = everything
                .replace("/etc/lamella/token", token.toString())
                .replaceAll("(?m)^ *(certificateFile|keyFile):.*$", "");
        DaemonConfiguration all = DaemonConfiguration.parse("all", real, PATHS);
        assertThat(all.tcp()).hasSize(1);
        assertThat(all.node().gpus()).hasSizeGreaterThan(0);
        for (var component : DaemonFile.class.getRecordComponents()) {
            assertThat(everything).contains(component.getName() + ":");
        }
        for (Class<?> type : DaemonFile.class.getDeclaredClasses()) {
            for (var component : type.getRecordComponents()) {
                assertThat(everything).contains(component.getName() + ":");
            }
        }
    }

    private Path secret(String text) throws IOException {
        Path file = Files.writeString(folder.resolve("token"), text + "\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        return file;
    }

    @Test
    void everyMistakeIsNamedAtOnce() {
        assertThatThrownBy(() -> DaemonConfiguration.parse("f.yaml", """
                        nme: x
                        gpus:
                          - {name: gpu0, frameBuffer: 48GB}
                          - {board: L40, mode: odd}
                        events: many
                        api: {mode: "0999"}
                        """, PATHS))
                .isInstanceOfSatisfying(
                        ConfigurationException.class,
                        e -> assertThat(e.problems())
                                .extracting(Violation::path)
                                .containsExactlyInAnyOrder(
                                        "/nme",
                                        "/gpus/0/frameBuffer",
                                        "/gpus/1/name",
                                        "/gpus/1/mode",
                                        "/events",
                                        "/api/mode"));
    }

    @Test
    void whatCannotBeMeantIsNamedToo() throws Exception {
        Files.writeString(folder.resolve("open"), "0123456789abcdef0123456789abcdef");
        Files.setPosixFilePermissions(folder.resolve("open"), PosixFilePermissions.fromString("rw-r--r--"));
        assertThatThrownBy(() -> DaemonConfiguration.parse(
                        "f.yaml",
                        "stateDirectory: here\napi:\n  tcp:\n    - {port: 1, address: 0.0.0.0}\n    - {port: 2, tokenFile: "
                                + folder.resolve("open") + "}\n    - {port: 3, tokenFile: "
                                + folder.resolve("none") + "}\n    - {port: 4, keyFile: /x}\n",
                        PATHS))
                .isInstanceOfSatisfying(ConfigurationException.class, e -> {
                    assertThat(e.problems())
                            .extracting(Violation::path)
                            .containsExactly("/stateDirectory", "/api/tcp/0", "/api/tcp/1", "/api/tcp/2", "/api/tcp/3");
                    assertThat(e.getMessage())
                            .contains(
                                    "both TLS and a token",
                                    "chmod o-r",
                                    "is not there",
                                    "both certificateFile and keyFile");
                });
    }

    @Test
    void yamlThatIsNoneIsSaidSo() {
        for (String text : new String[] {"a: [", "- x", "a: 1\na: 2", "&a [*a]", "!!java.net.URL x", "\t"}) {
            assertThatThrownBy(() -> DaemonConfiguration.parse("f", text, PATHS))
                    .as(text)
                    .isInstanceOf(ConfigurationException.class);
        }
    }

    @Test
    void whatIsSaidCounts() throws Exception {
        DaemonConfiguration made = DaemonConfiguration.parse("f", """
                name: host7
                gpus:
                  - {name: a, frameBuffer: 24GiB, virtualFunctions: 16, mode: mixed, scheduler: {policy: fixed-share}}
                api: {socket: /tmp/x.sock, mode: "0600", group: users, connections: 8}
                """, PATHS);
        assertThat(made.node().name()).isEqualTo("host7");
        GpuConfiguration gpu = made.node().gpus().getFirst();
        assertThat(gpu.frameBufferBytes()).isEqualTo(24L << 30);
        assertThat(gpu.mode()).isEqualTo(GpuMode.MIXED);
        assertThat(made.socket().group()).isEqualTo("users");
        assertThat(made.socket().mode()).isEqualTo("rw-------");
        assertThat(made.limits().connections()).isEqualTo(8);
    }

    @Test
    void vgpuSocketsAreTheOwnersUnlessAGroupIsSaid() throws Exception {
        assertThat(DaemonConfiguration.defaults(PATHS).node().socketAccess()).isEqualTo(SocketAccess.OWNER);
        assertThat(DaemonConfiguration.parse("f", "vgpuSockets: {mode: \"0660\", group: kvm}", PATHS)
                        .node()
                        .socketAccess())
                .isEqualTo(new SocketAccess(true, "kvm"));
        assertThatThrownBy(() -> DaemonConfiguration.parse("f", "vgpuSockets: {group: kvm}", PATHS))
                .hasMessageContaining("take mode 0660");
        assertThatThrownBy(() -> DaemonConfiguration.parse("f", "vgpuSockets: {mode: \"0666\"}", PATHS))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("/vgpuSockets/mode");
    }

    @Test
    void placesFollowTheUser() {
        assertThat(DefaultPaths.of(Map.of("XDG_RUNTIME_DIR", "/run/user/7"), false, "/home/a")
                        .socket())
                .isEqualTo(Path.of("/run/user/7/lamella/api.sock"));
        assertThat(DefaultPaths.of(Map.of(), false, "/home/a").stateDirectory())
                .isEqualTo(Path.of("/home/a/.local/state/lamella"));
        assertThat(DefaultPaths.of(Map.of("LAMELLA_SOCKET", "/x.sock"), true, "/root")
                        .socket())
                .isEqualTo(Path.of("/x.sock"));
    }
}
