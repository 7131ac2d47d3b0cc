// SPDX-License-Identifier: Apache-2.0
package io.lamella.vm.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lamella.vm.VmException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(20)
class GuestChannelTest {
    private static final Duration SOON = Duration.ofSeconds(5);

    /** Plays the guest's side. */
    @FunctionalInterface
    private interface Script {
        void play(BufferedReader in, Writer out) throws IOException;
    }

    @TempDir
    Path folder;

    private GuestChannel connect(Script script) throws Exception {
        Path path = folder.resolve("commands");
        ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        server.bind(UnixDomainSocketAddress.of(path));
        Thread.ofVirtual().start(() -> {
            try (server;
                    SocketChannel client = server.accept();
                    BufferedReader in = new BufferedReader(Channels.newReader(client, StandardCharsets.UTF_8));
                    Writer out = Channels.newWriter(client, StandardCharsets.UTF_8)) {
                script.play(in, out);
            } catch (IOException e) {
                // The test has seen enough and has closed its end.
                return;
            }
        });
        return GuestChannel.connect(path, SOON, () -> true);
    }

    private static void say(Writer out, String text) throws IOException {
        out.write(text);
        out.flush();
    }

    @Test
    void outputAndExitCodeBelongToTheirCommand() throws Exception {
        try (GuestChannel channel = connect((in, out) -> {
            say(out, "noise\nready 7.3.4\n");
            assertThat(in.readLine()).isEqualTo("1 slow");
            assertThat(in.readLine()).isEqualTo("2 ls /");
            // The first command's words come after its deadline.
            say(out, "1|late\n1.0\n2|bin\r\n2|2.0\n2.7\n");
            in.readLine();
        })) {
            assertThat(channel.awaitReady(SOON)).isEqualTo("7.3.4");
            assertThatThrownBy(() -> channel.run("slow", Duration.ofMillis(50)))
                    .isInstanceOf(VmException.class)
                    .hasMessageContaining("'slow'");
            GuestChannel.Output output = channel.run("ls /", SOON);
            assertThat(output.exitCode()).isEqualTo(7);
            assertThat(output.lines()).containsExactly("bin", "2.0");
        }
    }

    @Test
    void aGuestThatGoesAwayEndsTheWait() throws Exception {
        try (GuestChannel channel = connect((in, out) -> {
            say(out, "ready x\n");
            in.readLine();
        })) {
            channel.awaitReady(SOON);
            assertThatThrownBy(() -> channel.run("true", Duration.ofSeconds(15)))
                    .isInstanceOf(VmException.class)
                    .hasMessageContaining("before the machine ended");
        }
    }

    @Test
    void aGuestThatNeverEndsItsLineIsCutOff() throws Exception {
        try (GuestChannel channel = connect((in, out) -> {
            say(out, "ready x\n");
            in.readLine();
            say(out, "1|" + "a".repeat(100_000));
            in.readLine();
        })) {
            channel.awaitReady(SOON);
            assertThatThrownBy(() -> channel.run("yes", Duration.ofSeconds(15))).isInstanceOf(VmException.class);
        }
    }

    @Test
    void aCommandIsOneLine() throws Exception {
        try (GuestChannel channel = connect((in, out) -> in.readLine())) {
            assertThatThrownBy(() -> channel.run("a\nb", SOON)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> channel.run("a".repeat(901), SOON)).isInstanceOf(IllegalArgumentException.class);
        }
    }
}
