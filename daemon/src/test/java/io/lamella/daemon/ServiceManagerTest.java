// SPDX-License-Identifier: Apache-2.0
package io.lamella.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServiceManagerTest {
    @TempDir
    Path folder;

    @Test
    void withoutSystemdItSaysNothing() {
        ServiceManager manager = new ServiceManager(Map.of(), 1);
        assertThat(manager.watchdogMillis()).isZero();
        manager.ready("x");
        ServiceManager deaf = new ServiceManager(
                Map.of("NOTIFY_SOCKET", folder.resolve("none").toString()), 1);
        deaf.stopping();
    }

    @Test
    void watchdogIsForTheProcessThatItNames() {
        Map<String, String> environment =
                Map.of("NOTIFY_SOCKET", "/x", "WATCHDOG_USEC", "30000000", "WATCHDOG_PID", "7");
        assertThat(new ServiceManager(environment, 7).watchdogMillis()).isEqualTo(30_000);
        assertThat(new ServiceManager(environment, 8).watchdogMillis()).isZero();
        assertThat(new ServiceManager(Map.of("WATCHDOG_USEC", "30000000"), 7).watchdogMillis())
                .isZero();
    }

    @Test
    void tellsSystemdWhatItIsToKnow() throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/python3")), "no python3 to listen with");
        Path socket = folder.resolve("notify");
        Process listener = new ProcessBuilder(
                        "/usr/bin/python3",
                        "-c",
                        "import socket\ns=socket.socket(socket.AF_UNIX,socket.SOCK_DGRAM)\ns.bind('" + socket
                                + "')\nprint('bound',flush=True)\nfor i in range(3): print(s.recv(9999).decode().replace('\\n','|'),flush=True)")
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (var lines = listener.inputReader()) {
            assertThat(lines.readLine()).isEqualTo("bound");
            ServiceManager manager = new ServiceManager(Map.of("NOTIFY_SOCKET", socket.toString()), 1);
            manager.ready("2 GPUs");
            manager.alive();
            manager.stopping();
            assertThat(lines.readLine()).isEqualTo("READY=1|STATUS=2 GPUs");
            assertThat(lines.readLine()).isEqualTo("WATCHDOG=1");
            assertThat(lines.readLine()).startsWith("STOPPING=1|STATUS=");
        } finally {
            listener.destroyForcibly();
        }
    }
}
