// SPDX-License-Identifier: Apache-2.0
package io.lamella.daemon.client;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * HTTP/1.1 over one connection to a Unix socket, as much of it as the daemon speaks: one request after the other, bodies with a length or in
 * chunks. Every wait has a limit. For one thread at a time.
 */
final class HttpWire implements AutoCloseable {
    private static final int HEAD_LIMIT = 64 << 10;
    static final int BODY_LIMIT = 64 << 20;

    private final SocketChannel channel;
    private final Selector selector;
    private final ByteBuffer in = ByteBuffer.allocate(16 << 10).flip();
    private long deadlineNanos;
    private boolean chunkOpen;

    /** An answer's first lines. Names of header fields are in lower case. */
    record Head(int status, Map<String, String> headers) {
        boolean isChunked() {
            return headers.getOrDefault("transfer-encoding", "")
                    .toLowerCase(Locale.ROOT)
                    .contains("chunked");
        }

        boolean closes() {
            return headers.getOrDefault("connection", "")
                    .toLowerCase(Locale.ROOT)
                    .contains("close");
        }
    }

    private HttpWire(SocketChannel channel, Selector selector) {
        this.channel = channel;
        this.selector = selector;
    }

    static HttpWire connect(Path socket) throws IOException {
        SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket));
        try {
            channel.configureBlocking(false);
            Selector selector = Selector.open();
            channel.register(selector, SelectionKey.OP_READ);
            return new HttpWire(channel, selector);
        } catch (IOException | RuntimeException | Error e) {
            channel.close();
            throw e;
        }
    }

    /** Whether the daemon has closed it, or said something that nobody asked for. */
    boolean isStale() {
        try {
            return in.hasRemaining() || channel.read(ByteBuffer.allocate(1)) != 0;
        } catch (IOException e) {
            return true;
        }
    }

    /** From now on everything has to be done within this time. */
    void within(long millis) {
        deadlineNanos = System.nanoTime() + millis * 1_000_000;
    }

    void send(String method, String path, Map<String, String> headers, byte[] body) throws IOException {
        StringBuilder head =
                new StringBuilder(method).append(' ').append(path).append(" HTTP/1.1\r\nHost: localhost\r\n");
        headers.forEach((name, value) -> {
            if (value.indexOf('\r') >= 0 || value.indexOf('\n') >= 0) {
                throw new IllegalArgumentException("The header " + name + " has a line break.");
            }
            head.append(name).append(": ").append(value).append("\r\n");
        });
        if (body.length > 0) {
            head.append("Content-Length: ").append(body.length).append("\r\n");
        }
        head.append("\r\n");
        write(ByteBuffer.wrap(head.toString().getBytes(StandardCharsets.UTF_8)));
        write(ByteBuffer.wrap(body));
    }

    private void write(ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            if (channel.write(bytes) == 0) {
                await(SelectionKey.OP_WRITE);
            }
        }
    }

    private void await(int what) throws IOException {
        long left = (deadlineNanos - System.nanoTime()) / 1_000_000;
        if (left <= 0) {
            throw new IOException("The daemon did not answer in time.");
        }
        selector.keys().iterator().next().interestOps(what);
        if (selector.select(left) > 0) {
            selector.selectedKeys().clear();
        }
        if (Thread.currentThread().isInterrupted()) {
            throw new java.io.InterruptedIOException("Interrupted while waiting for the daemon.");
        }
    }

    /** Waits until there are bytes. @throws EOFException if the daemon closed the connection */
    private void fill() throws IOException {
        in.clear();
        try {
            int got = channel.read(in);
            while (got == 0) {
                await(SelectionKey.OP_READ);
                got = channel.read(in);
            }
            if (got < 0) {
                throw new EOFException("The daemon closed the connection.");
            }
        } finally {
            in.flip();
        }
    }

    private int next() throws IOException {
        if (!in.hasRemaining()) {
            fill();
        }
        return in.get() & 0xff;
    }

    /** A line without its end. */
    private String line(int limit) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int c = next(); c != '\n'; c = next()) {
            line.write(c);
            if (line.size() > limit) {
                throw new IOException(
                        "What answers is no daemon of Lamella's: it sent a line of over " + limit + " bytes.");
            }
        }
        String text = line.toString(StandardCharsets.UTF_8);
        return text.endsWith("\r") ? text.substring(0, text.length() - 1) : text;
    }

    Head head() throws IOException {
        while (true) {
            String status = line(HEAD_LIMIT);
            if (!status.matches("HTTP/1\\.[01] [0-9]{3}( .*)?")) {
                throw new IOException("What answers is no daemon of Lamella's.");
            }
            Map<String, String> headers = new TreeMap<>();
            int size = 0;
            for (String field = line(HEAD_LIMIT); !field.isEmpty(); field = line(HEAD_LIMIT)) {
                size += field.length();
                int colon = field.indexOf(':');
                if (colon < 1 || size > HEAD_LIMIT) {
                    throw new IOException("What answers is no daemon of Lamella's.");
                }
                headers.put(
                        field.substring(0, colon).toLowerCase(Locale.ROOT),
                        field.substring(colon + 1).strip());
            }
            int code = Integer.parseInt(status.substring(9, 12));
            if (code >= 200) {
                return new Head(code, headers);
            }
        }
    }

    byte[] body(Head head) throws IOException {
        if (head.isChunked()) {
            ByteArrayOutputStream all = new ByteArrayOutputStream();
            for (byte[] chunk = chunk(); chunk.length > 0; chunk = chunk()) {
                all.writeBytes(chunk);
                if (all.size() > BODY_LIMIT) {
                    throw new IOException("The daemon's answer is too large.");
                }
            }
            return all.toByteArray();
        }
        String length = head.headers().getOrDefault("content-length", "0");
        if (!length.matches("[0-9]{1,9}") || Integer.parseInt(length) > BODY_LIMIT) {
            throw new IOException("The daemon's answer is too large.");
        }
        return bytes(Integer.parseInt(length));
    }

    /** The next chunk; the last one is empty. */
    byte[] chunk() throws IOException {
        if (chunkOpen && !line(HEAD_LIMIT).isEmpty()) {
            throw new IOException("What answers is no daemon of Lamella's.");
        }
        String size = line(64).split(";", 2)[0].strip();
        if (!size.matches("[0-9a-fA-F]{1,7}")) {
            throw new IOException("What answers is no daemon of Lamella's.");
        }
        byte[] bytes = bytes(Integer.parseInt(size, 16));
        // The line that ends a chunk comes with the next one at the earliest, so nobody waits for it now.
        chunkOpen = bytes.length > 0;
        if (bytes.length == 0) {
            skipTrailers();
        }
        return bytes;
    }

    private void skipTrailers() throws IOException {
        String field;
        do {
            field = line(HEAD_LIMIT);
        } while (!field.isEmpty());
    }

    private byte[] bytes(int count) throws IOException {
        byte[] bytes = new byte[count];
        int have = 0;
        while (have < count) {
            if (!in.hasRemaining()) {
                fill();
            }
            int part = Math.min(in.remaining(), count - have);
            in.get(bytes, have, part);
            have += part;
        }
        return bytes;
    }

    @Override
    public void close() {
        try (channel;
                selector) {
            return;
        } catch (IOException e) {
            // It is of no use any more, closed well or not.
            return;
        }
    }
}
