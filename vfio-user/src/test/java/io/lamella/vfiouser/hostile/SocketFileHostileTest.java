// SPDX-License-Identifier: Apache-2.0
package io.lamella.vfiouser.hostile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.lamella.linux.Errno;
import io.lamella.linux.LinuxException;
import io.lamella.linux.OpenFiles;
import io.lamella.linux.Processes;
import io.lamella.linux.UnixSocket;
import io.lamella.vfiouser.client.VfioUserClient;
import io.lamella.vfiouser.example.ExampleDevice;
import io.lamella.vfiouser.hostile.HostileClient.End;
import io.lamella.vfiouser.server.VfioUserServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The socket as a file: whose it is, how long its path may be, and what a process that was killed leaves behind. */
class SocketFileHostileTest extends HostileTest {
    private static final int NOBODY = 65534;

    @TempDir
    private Path folder;

    private static void mode(Path path, String permissions) throws IOException {
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(permissions));
    }

    /** Connects as another user, on a thread that is that user's. */
    private Object connectAsNobody() throws InterruptedException {
        // What a thread without rights could not load any more is loaded by now.
        HostileClient.connect(socket()).close();
        AtomicReference<Object> result = new AtomicReference<>();
        Thread thread = Thread.ofPlatform().start(() -> {
            try {
                CLibrary.becomeUser(NOBODY);
                result.set(UnixSocket.connect(socket()));
            } catch (Throwable t) {
                result.set(t);
            }
        });
        thread.join();
        return result.get();
    }

    private static void assumeRoot() {
        assumeTrue(
                Processes.effectiveUserId() == 0, "Only root can become another user, so nothing is tried as another.");
    }

    @Test
    void anotherUserIsTurnedAwayEvenWhereThePathIsOpenToAll() throws Exception {
        assumeRoot();
        mode(Objects.requireNonNull(socket().getParent()), "rwx--x--x");
        mode(socket(), "rw-rw-rw-");
        long before = served().statistics().connections();
        Object connected = connectAsNobody();
        assertThat(connected).isInstanceOf(UnixSocket.class);
        try (UnixSocket other = (UnixSocket) connected) {
            assertThat(other.fd().isOpen()).isTrue();
            HostileClient client = HostileClient.over(other);
            assertThat(client.trySend(WireMessage.version(0, 0, HostileClient.CAPABILITIES)
                            .toBytes()))
                    .isLessThanOrEqualTo(0);
            assertThat(client.awaitEnd(5000)).isIn(End.CLOSED, End.RESET);
            client.close();
        }
        assertThat(served().statistics().connections()).isEqualTo(before);
    }

    @Test
    void anotherUserDoesNotReachTheSocketAtAll() throws Exception {
        assumeRoot();
        mode(Objects.requireNonNull(socket().getParent()), "rwx--x--x");
        assertThat(connectAsNobody())
                .isInstanceOfSatisfying(
                        LinuxException.class,
                        e -> assertThat(e.is(Errno.EACCES)).isTrue());
    }

    @Test
    void aPathOf107BytesServesAndLongerOnesAreRefusedWithASentence() {
        int room = 107 - folder.toString().length() - 1;
        assumeTrue(room > 0, "The folder for temporary files has too long a path.");
        Path longest = folder.resolve("p".repeat(room));
        int before = OpenFiles.count();
        try (ExampleDevice device = new ExampleDevice()) {
            try (VfioUserServer server = VfioUserServer.listen(device, longest);
                    HostileClient client = HostileClient.negotiated(longest)) {
                assertThat(server.isRunning()).isTrue();
                assertWorks(client);
            }
            for (int length : new int[] {108, 109, 200, 5000}) {
                Path path = folder.resolve("p".repeat(length - folder.toString().length() - 1));
                assertThat(path.toString()).hasSize(length);
                assertThatThrownBy(() -> VfioUserServer.listen(device, path))
                        .isInstanceOfSatisfying(
                                LinuxException.class,
                                e -> assertThat(e.is(Errno.ENAMETOOLONG)).isTrue())
                        .hasMessageContaining("107")
                        .hasMessageContaining("shorter");
                assertThatThrownBy(() -> VfioUserClient.connect(path, 100)).hasMessageContaining("107");
            }
        }
        await(() -> OpenFiles.count() <= before);
        assertThat(OpenFiles.count()).isEqualTo(before);
    }

    @Test
    void theSocketOfAKilledProcessIsTakenOver() throws Exception {
        Path path = folder.resolve("left");
        Path source = folder.resolve("Listen.java");
        Files.writeString(source, """
                public class Listen {
                    public static void main(String[] a) throws Exception {
                        var channel = java.nio.channels.ServerSocketChannel.open(java.net.StandardProtocolFamily.UNIX);
                        channel.bind(java.net.UnixDomainSocketAddress.of(a[0]));
                        System.out.println("ready");
                        Thread.sleep(60_000);
                    }
                }
                """);
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        source.toString(),
                        path.toString())
                .redirectErrorStream(true)
                .start();
        try (BufferedReader output = process.inputReader(StandardCharsets.UTF_8);
                ExampleDevice device = new ExampleDevice()) {
            assertThat(output.readLine()).isEqualTo("ready");
            assertThatThrownBy(() -> VfioUserServer.listen(device, path))
                    .as("somebody lives there")
                    .isInstanceOf(LinuxException.class);
            process.destroyForcibly().waitFor();
            assertThat(Files.exists(path)).as("it is left behind").isTrue();
            try (VfioUserServer server = VfioUserServer.listen(device, path);
                    HostileClient client = HostileClient.negotiated(path)) {
                assertThat(server.isRunning()).isTrue();
                assertWorks(client);
            }
            assertThat(Files.exists(path)).isFalse();
        } finally {
            process.destroyForcibly();
            process.getOutputStream().close();
            process.getErrorStream().close();
        }
    }

    /** Looking whether somebody lives there must not wait for a listener whose queue is full. */
    @Test
    void aBusyServersSocketIsNotTakenOverAndNobodyWaits() {
        List<HostileClient> queue = new ArrayList<>();
        try {
            // One is served, the others fill the queue.
            for (int i = 0; i < 6; i++) {
                queue.add(HostileClient.connect(socket()));
            }
            long begun = System.nanoTime();
            assertThat(served().canBindAgain()).isFalse();
            assertThat(System.nanoTime() - begun).isLessThan(2_000_000_000L);
            assertThat(Files.exists(socket())).isTrue();
        } finally {
            queue.forEach(HostileClient::close);
        }
    }
}
