// SPDX-License-Identifier: Apache-2.0
package io.lamella.daemon.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The server with small routes of its own: sockets, ports, tokens, and clients that do not behave. */
class ApiServerTest {
    private static final String TOKEN = "0123456789abcdef0123456789abcdef";

    @TempDir
    Path folder;

    private final AtomicInteger streamsEnded = new AtomicInteger();
    private @Nullable ApiServer server;

    @AfterEach
    void stop() {
        if (server != null) {
            server.close();
        }
    }

    @Doc("A word.")
    record Word(@Doc("It.") String word) {}

    private RouteTable routes() {
        return new RouteTable(List.of(
                Route.of("GET", "/open", "open")
                        .says("Test", "Open to all.")
                        .open()
                        .answers(200, Word.class)
                        .does(call -> Reply.ok(new Word("open"))),
                Route.of("POST", "/word", "word")
                        .says("Test", "Says it again.")
                        .takes(Word.class)
                        .answers(200, Word.class)
                        .does(call -> Reply.ok(call.body(Word.class))),
                Route.of("GET", "/fault", "fault")
                        .says("Test", "Fails.")
                        .answers(200, Word.class)
                        .does(call -> {
                            throw new IllegalStateException("the secret inside");
                        }),
                Route.of("GET", "/big", "big")
                        .says("Test", "More than fits a socket.")
                        .answersText("text/plain")
                        .does(call -> Reply.text("text/plain", "x".repeat(32 << 20))),
                Route.of("GET", "/flood", "flood")
                        .says("Test", "Never ends.")
                        .answersText("text/event-stream")
                        .does(call -> new Reply.Stream(Map.of(), "text/event-stream", sink -> {
                            try {
                                while (true) {
                                    sink.send("data: " + "x".repeat(8000) + "\n\n");
                                }
                            } finally {
                                streamsEnded.incrementAndGet();
                            }
                        }))));
    }

    private ApiServer start(List<UnixEndpoint> sockets, List<TcpEndpoint> ports, ApiServer.Limits limits)
            throws IOException {
        server = ApiServer.start(routes(), sockets, ports, limits, failure -> null, new AnswerCounts());
        return server;
    }

    private static TcpEndpoint loopback(@Nullable String token, @Nullable TlsIdentity tls) {
        return new TcpEndpoint(InetAddress.getLoopbackAddress(), 0, token, tls);
    }

    /** Sends bytes and reads all that comes until the server closes, or a while has gone by. */
    private static String raw(Path socket, byte[] bytes) throws IOException {
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
            try {
                channel.write(ByteBuffer.wrap(bytes));
            } catch (IOException e) {
                // It has closed already, which is its right.
                return "";
            }
            channel.shutdownOutput();
            return new String(Channels.newInputStream(channel).readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @Test
    void takesAStaleSocketOverButNotALivingOne() throws Exception {
        Path socket = folder.resolve("s");
        try (var dead = java.nio.channels.ServerSocketChannel.open(java.net.StandardProtocolFamily.UNIX)) {
            dead.bind(UnixDomainSocketAddress.of(socket));
        }
        assertThat(socket).exists();
        start(List.of(new UnixEndpoint(socket)), List.of(), ApiServer.Limits.DEFAULT);
        assertThat(raw(socket, get("/open"))).startsWith("HTTP/1.1 200").contains("\"open\"");
        assertThatThrownBy(() -> ApiServer.start(
                        routes(),
                        List.of(new UnixEndpoint(socket)),
                        List.of(),
                        ApiServer.Limits.DEFAULT,
                        e -> null,
                        new AnswerCounts()))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("Another daemon answers");
        assertThat(raw(socket, get("/open"))).startsWith("HTTP/1.1 200");
        Path file = Files.writeString(folder.resolve("file"), "mine");
        assertThatThrownBy(() -> ApiServer.start(
                        routes(),
                        List.of(new UnixEndpoint(file)),
                        List.of(),
                        ApiServer.Limits.DEFAULT,
                        e -> null,
                        new AnswerCounts()))
                .hasMessageContaining("is no socket");
        assertThat(file).hasContent("mine");
        assertThatThrownBy(() -> ApiServer.start(
                        routes(),
                        List.of(new UnixEndpoint(folder.resolve("x".repeat(120)))),
                        List.of(),
                        ApiServer.Limits.DEFAULT,
                        e -> null,
                        new AnswerCounts()))
                .hasMessageContaining("107");
    }

    private static byte[] get(String path) {
        return ("GET " + path + " HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n").getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void faultsOfOurOwnShowNothingOfTheInside() throws Exception {
        Path socket = folder.resolve("s");
        start(List.of(new UnixEndpoint(socket)), List.of(), ApiServer.Limits.DEFAULT);
        java.util.logging.Logger log = java.util.logging.Logger.getLogger(ApiHandler.class.getName());
        log.setUseParentHandlers(false);
        assertThat(raw(socket, get("/fault")))
                .startsWith("HTTP/1.1 500")
                .contains("\"code\":\"internal\"")
                .doesNotContain("secret", "Exception", "\tat ");
        log.setUseParentHandlers(true);
    }

    @Test
    void garbageIsAnsweredOrCutOff() throws Exception {
        Path socket = folder.resolve("s");
        start(List.of(new UnixEndpoint(socket)), List.of(), new ApiServer.Limits(64, 2_000));
        List<String> texts = List.of(
                "GARBAGE\r\n\r\n",
                "GET /open\r\n\r\n",
                "GET /open HTTP/9.9\r\n\r\n",
                "GET /open HTTP/1.1\r\n\r\n",
                "GET /open HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
                "GET " + "/".repeat(9000) + " HTTP/1.1\r\nHost: h\r\n\r\n",
                "POST /word HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n",
                "POST /word HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999999999999999\r\n\r\n",
                "POST /word HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
                "POST /word HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                "POST /word HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nContent-Type: application/json\r\n\r\nZZ\r\nx",
                "POST /word HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: banana\r\n\r\n",
                "GET /open HTTP/1.1\r\nHost: h\r\nA : b\r\n\r\n",
                "GET /open HTTP/1.1\r\nHost: h\r\n folded\r\n\r\n",
                "GET http://[::1 HTTP/1.1\r\nHost: h\r\n\r\n",
                "CONNECT x:1 HTTP/1.1\r\nHost: h\r\n\r\n",
                "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
        for (String text : texts) {
            String answer = raw(socket, text.getBytes(StandardCharsets.ISO_8859_1));
            String shown = text.length() > 80 ? text.substring(0, 80) : text;
            if (!answer.isEmpty()) {
                assertThat(answer).as(shown).startsWith("HTTP/1.").doesNotContain("HTTP/1.1 500", "\tat ", "<html");
                assertThat(answer.contains("HTTP/1.1 200") || answer.contains("application/problem+json"))
                        .as(shown + " → " + answer)
                        .isTrue();
            }
        }
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int i = 0; i < 200; i++) {
            byte[] bytes = texts.get(random.nextInt(texts.size())).getBytes(StandardCharsets.ISO_8859_1);
            for (int n = random.nextInt(4); n >= 0; n--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
            }
            assertThat(raw(socket, bytes)).as("seed " + seed).doesNotContain("HTTP/1.1 500", "\tat ");
        }
        assertThat(raw(socket, get("/open"))).startsWith("HTTP/1.1 200");
    }

    @Test
    void clientsThatStopHalfWayHoldNothing() throws Exception {
        Path socket = folder.resolve("s");
        start(List.of(new UnixEndpoint(socket)), List.of(), new ApiServer.Limits(8, 500));
        List<SocketChannel> idle = new ArrayList<>();
        try {
            for (int i = 0; i < 30; i++) {
                SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket));
                channel.write(ByteBuffer.wrap((i % 2 == 0
                                ? "GET /op"
                                : "POST /word HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{")
                        .getBytes(StandardCharsets.UTF_8)));
                idle.add(channel);
            }
            // More than may connect are waiting; as their time runs out, others get their turn.
            await().atMost(40, TimeUnit.SECONDS)
                    .ignoreExceptions()
                    .until(() -> raw(socket, get("/open")).startsWith("HTTP/1.1 200"));
        } finally {
            for (SocketChannel channel : idle) {
                channel.close();
            }
        }
    }

    @Test
    void readersThatDoNotReadAreCutOff() throws Exception {
        Path socket = folder.resolve("s");
        start(List.of(new UnixEndpoint(socket)), List.of(), new ApiServer.Limits(64, 500));
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
            channel.write(ByteBuffer.wrap(get("/flood")));
            await().atMost(40, TimeUnit.SECONDS).until(() -> streamsEnded.get() == 1);
        }
        assertThat(raw(socket, get("/open"))).startsWith("HTTP/1.1 200");
    }

    @Test
    void answersThatNobodyReadsGiveTheirConnectionBack() throws Exception {
        Path socket = folder.resolve("s");
        start(List.of(new UnixEndpoint(socket)), List.of(), new ApiServer.Limits(4, 500));
        List<SocketChannel> deaf = new ArrayList<>();
        try {
            for (int i = 0; i < 4; i++) {
                SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket));
                channel.write(ByteBuffer.wrap(get("/big")));
                deaf.add(channel);
            }
            await().atMost(40, TimeUnit.SECONDS)
                    .ignoreExceptions()
                    .until(() -> raw(socket, get("/open")).startsWith("HTTP/1.1 200"));
        } finally {
            for (SocketChannel channel : deaf) {
                channel.close();
            }
        }
    }

    @Test
    void requestsInARowOnOneConnection() throws Exception {
        Path socket = folder.resolve("s");
        start(List.of(new UnixEndpoint(socket)), List.of(), ApiServer.Limits.DEFAULT);
        String post =
                "POST /word HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nContent-Length: 14\r\n\r\n{\"word\":\"yes\"}";
        String answers = raw(
                socket,
                (post + post + new String(get("/open"), StandardCharsets.UTF_8)).getBytes(StandardCharsets.UTF_8));
        assertThat(answers.split("HTTP/1.1 200", -1)).hasSize(4);
    }

    @Test
    void aPortWithATokenWantsIt() throws Exception {
        ApiServer made = start(List.of(), List.of(loopback(TOKEN, null)), ApiServer.Limits.DEFAULT);
        String base = "http://127.0.0.1:" + made.ports().getFirst().getPort();
        try (HttpClient client = HttpClient.newHttpClient()) {
            assertThat(status(client, base + "/open", Map.of())).isEqualTo(200);
            assertThat(status(client, base + "/flood?x=1", Map.of())).isEqualTo(401);
            assertThat(status(client, base + "/nothing", Map.of())).isEqualTo(401);
            assertThat(status(client, base + "/flood?x=1", Map.of("Authorization", "Bearer " + TOKEN + "x")))
                    .isEqualTo(401);
            assertThat(status(client, base + "/flood?x=1", Map.of("Authorization", "Basic " + TOKEN)))
                    .isEqualTo(401);
            assertThat(status(client, base + "/flood?x=1", Map.of("Authorization", "Bearer " + TOKEN)))
                    .isEqualTo(400);
            assertThat(status(
                            client,
                            base + "/open",
                            Map.of("Authorization", "Bearer " + TOKEN, "Origin", "http://evil.example")))
                    .isEqualTo(403);
        }
    }

    @Test
    void aPortWithoutATokenIsForThisHostAlone() throws Exception {
        ApiServer made = start(List.of(), List.of(loopback(null, null)), ApiServer.Limits.DEFAULT);
        int port = made.ports().getFirst().getPort();
        for (String host : List.of("localhost:" + port, "127.0.0.1:" + port)) {
            assertThat(tcp(port, host)).startsWith("HTTP/1.1 200");
        }
        // A page of a foreign name that resolves to this host.
        assertThat(tcp(port, "evil.example:" + port)).startsWith("HTTP/1.1 403");
    }

    private static String tcp(int port, String host) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
                OutputStream out = socket.getOutputStream();
                InputStream in = socket.getInputStream()) {
            out.write(("GET /open HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n")
                    .getBytes(StandardCharsets.UTF_8));
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static int status(HttpClient client, String uri, Map<String, String> headers) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(uri)).timeout(Duration.ofSeconds(10));
        headers.forEach(request::header);
        return client.send(request.build(), HttpResponse.BodyHandlers.ofString())
                .statusCode();
    }

    @Test
    void beyondThisHostThereMustBeTlsAndAToken() throws Exception {
        InetAddress all = InetAddress.getByName("0.0.0.0");
        assertThatThrownBy(() -> new TcpEndpoint(all, 0, TOKEN, null))
                .hasMessageContaining("needs both TLS and a token");
        assertThatThrownBy(() -> new TcpEndpoint(
                        all, 0, null, TestCertificate.make(folder).identity()))
                .hasMessageContaining("needs both TLS and a token");
        assertThatThrownBy(() -> loopback("short", null)).hasMessageContaining("openssl rand");
    }

    @Test
    void speaksTls() throws Exception {
        TestCertificate certificate = TestCertificate.make(folder);
        ApiServer made = start(List.of(), List.of(loopback(TOKEN, certificate.identity())), ApiServer.Limits.DEFAULT);
        try (HttpClient client =
                HttpClient.newBuilder().sslContext(certificate.trust()).build()) {
            String base = "https://localhost:" + made.ports().getFirst().getPort();
            assertThat(status(client, base + "/open", Map.of())).isEqualTo(200);
            assertThat(status(client, base + "/fault?x=1", Map.of())).isEqualTo(401);
            assertThat(status(client, base + "/fault?x=1", Map.of("Authorization", "Bearer " + TOKEN)))
                    .isEqualTo(400);
        }
    }
}
