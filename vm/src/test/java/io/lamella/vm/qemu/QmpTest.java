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
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(20)
class QmpTest {
    private static final Duration SOON = Duration.ofSeconds(5);
    private static final String HELLO = "{\"QMP\": {\"version\": {}, \"capabilities\": []}}\r\n";

    /** Plays QEMU's side of one connection. */
    @FunctionalInterface
    private interface Script {
        void play(BufferedReader in, Writer out) throws IOException;
    }

    @TempDir
    Path folder;

    private Qmp connect(Script script) throws Exception {
        Path path = folder.resolve("qmp");
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
        return Qmp.connect(path, SOON, () -> true);
    }

    private static void say(Writer out, String text) throws IOException {
        out.write(text);
        out.flush();
    }

    private static void negotiate(BufferedReader in, Writer out) throws IOException {
        say(out, HELLO);
        assertThat(in.readLine()).isEqualTo("{\"execute\":\"qmp_capabilities\",\"id\":1}");
        say(out, "{\"return\": {}, \"id\": 1}\r\n");
    }

    @Test
    void repliesAreMatchedByIdWhateverTheirOrder() throws Exception {
        try (Qmp qmp = connect((in, out) -> {
            negotiate(in, out);
            String first = in.readLine();
            String second = in.readLine();
            assertThat(first + second).contains("\"id\":2").contains("\"id\":3");
            say(out, "{\"event\": \"RESUME\", \"data\": {}}\r\n");
            say(out, "{\"return\": {\"n\": 3}, \"id\": 3}\r\n{\"return\": {\"n\": 2}, \"id\": 2}\r\n");
            in.readLine();
        })) {
            Thread other = Thread.ofVirtual().start(() -> {
                try {
                    qmp.execute("one", SOON);
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            });
            int n = qmp.execute("two", Map.of("value", 7), SOON).path("n").asInt();
            other.join();
            assertThat(n).isBetween(2, 3);
            assertThat(qmp.awaitEvent("RESUME", SOON)).isPresent();
            assertThat(qmp.awaitEvent("SHUTDOWN", Duration.ofMillis(20))).isEmpty();
        }
    }

    @Test
    void aRefusalCarriesQemusWords() throws Exception {
        try (Qmp qmp = connect((in, out) -> {
            negotiate(in, out);
            in.readLine();
            say(out, "{\"error\": {\"class\": \"CommandNotFound\", \"desc\": \"no such thing\"}, \"id\": 2}\r\n");
            in.readLine();
        })) {
            assertThatThrownBy(() -> qmp.execute("fly", SOON))
                    .isInstanceOfSatisfying(
                            QmpException.class, e -> assertThat(e.errorClass()).isEqualTo("CommandNotFound"))
                    .hasMessageContaining("no such thing");
        }
    }

    @Test
    void silenceEndsAtTheDeadlineAndTheLateReplyHurtsNobody() throws Exception {
        try (Qmp qmp = connect((in, out) -> {
            negotiate(in, out);
            in.readLine();
            in.readLine();
            say(out, "{\"return\": {\"late\": 1}, \"id\": 2}\r\n{\"return\": {\"ok\": 1}, \"id\": 3}\r\n");
            in.readLine();
        })) {
            assertThatThrownBy(() -> qmp.execute("slow", Duration.ofMillis(50)))
                    .isInstanceOf(VmException.class)
                    .hasMessageContaining("50 ms");
            assertThat(qmp.execute("next", SOON).path("ok").asInt()).isEqualTo(1);
        }
    }

    @Test
    void aClosedConnectionFailsTheWaitingAndTheNext() throws Exception {
        try (Qmp qmp = connect((in, out) -> {
            negotiate(in, out);
            in.readLine();
        })) {
            assertThatThrownBy(() -> qmp.execute("quit", SOON)).isInstanceOf(VmException.class);
            assertThatThrownBy(() -> qmp.execute("again", SOON)).isInstanceOf(IOException.class);
        }
    }

    @Test
    void nonsenseEndsTheConnection() {
        assertThatThrownBy(() -> connect((in, out) -> {
                    say(out, "hello, this is no JSON\n");
                    in.readLine();
                }))
                .isInstanceOf(VmException.class);
    }
}
