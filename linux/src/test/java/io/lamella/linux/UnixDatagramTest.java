// SPDX-License-Identifier: Apache-2.0
package io.lamella.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UnixDatagramTest {
    @TempDir
    Path folder;

    @Test
    void saysThatNobodyListens() {
        assertThatThrownBy(() -> UnixDatagram.send(folder.resolve("none").toString(), "READY=1"))
                .isInstanceOf(LinuxException.class)
                .hasMessageContaining("ENOENT");
        assertThatThrownBy(() -> UnixDatagram.send("@lamella-test-" + System.nanoTime(), "READY=1"))
                .isInstanceOf(LinuxException.class)
                .hasMessageContaining("ECONNREFUSED");
    }

    @Test
    void refusesWhatFitsNoAddress() {
        assertThatThrownBy(() -> UnixDatagram.send("", "x")).isInstanceOf(LinuxException.class);
        assertThatThrownBy(() -> UnixDatagram.send("/" + "x".repeat(107), "x")).isInstanceOf(LinuxException.class);
        assertThatThrownBy(() -> UnixDatagram.send("/x", "x".repeat(8193))).isInstanceOf(LinuxException.class);
    }

    /** Java has no datagram sockets of this family, so Python listens. */
    @Test
    void arrivesAtAPathAndAtAName() throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/python3")), "no python3 to listen with");
        for (String address : new String[] {folder.resolve("news").toString(), "@lamella-" + System.nanoTime()}) {
            String bound = address.startsWith("@") ? "'\\0" + address.substring(1) + "'" : "'" + address + "'";
            Process listener = new ProcessBuilder(
                            "/usr/bin/python3",
                            "-c",
                            "import socket\ns=socket.socket(socket.AF_UNIX,socket.SOCK_DGRAM)\ns.bind(" + bound
                                    + ")\nprint('bound',flush=True)\nprint(s.recv(9999).decode(),flush=True)")
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            try (var lines = listener.inputReader()) {
                assertThat(lines.readLine()).isEqualTo("bound");
                UnixDatagram.send(address, "READY=1");
                assertThat(lines.readLine()).isEqualTo("READY=1");
                assertThat(listener.waitFor(10, TimeUnit.SECONDS)).isTrue();
            } finally {
                listener.destroyForcibly();
            }
        }
    }
}
