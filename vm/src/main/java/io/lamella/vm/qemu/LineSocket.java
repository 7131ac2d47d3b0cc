// SPDX-License-Identifier: Apache-2.0
package io.lamella.vm.qemu;

import io.lamella.vm.VmException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/** A Unix socket that carries lines. One thread reads; lines that are too long end the connection. */
final class LineSocket implements AutoCloseable {
    private final SocketChannel channel;
    private final int maxLineBytes;
    private final Object writing = new Object();

    private LineSocket(SocketChannel channel, int maxLineBytes) {
        this.channel = channel;
        this.maxLineBytes = maxLineBytes;
    }

    /**
     * Connects, waiting for the server to appear.
     *
     * @param alive whether it is still worth waiting
     */
    static LineSocket connect(Path socket, int maxLineBytes, Duration timeout, BooleanSupplier alive)
            throws IOException {
        long deadlineNanos = System.nanoTime() + timeout.toNanos();
        while (true) {
            try {
                return new LineSocket(SocketChannel.open(UnixDomainSocketAddress.of(socket)), maxLineBytes);
            } catch (IOException e) {
                if (!alive.getAsBoolean()) {
                    throw new VmException("QEMU ended before its socket " + socket.getFileName() + " was there.", e);
                }
                if (System.nanoTime() > deadlineNanos) {
                    throw new VmException(
                            "QEMU did not open its socket " + socket.getFileName() + " within " + timeout.toSeconds()
                                    + " s.",
                            e);
                }
            }
            try {
                Thread.sleep(10);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new VmException("Connecting to QEMU was interrupted.", e);
            }
        }
    }

    /** Starts the reading thread. {@code onEnd} is called once, after the last line. */
    void read(String threadName, Consumer<String> onLine, Runnable onEnd) {
        Thread.ofPlatform().daemon().name(threadName).start(() -> {
            try {
                readLines(onLine);
            } catch (IOException e) {
                // The other side is gone or talks nonsense; either way this connection is over.
                close();
            } finally {
                close();
                onEnd.run();
            }
        });
    }

    private void readLines(Consumer<String> onLine) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(16 << 10);
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        while (channel.read(buffer) >= 0) {
            buffer.flip();
            while (buffer.hasRemaining()) {
                byte next = buffer.get();
                if (next == '\n') {
                    String text = line.toString(StandardCharsets.UTF_8);
                    line.reset();
                    onLine.accept(text.endsWith("\r") ? text.substring(0, text.length() - 1) : text);
                } else if (line.size() >= maxLineBytes) {
                    throw new IOException("line too long");
                } else {
                    line.write(next);
                }
            }
            buffer.clear();
        }
    }

    /** Sends a line. */
    void write(String line) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap((line + "\n").getBytes(StandardCharsets.UTF_8));
        synchronized (writing) {
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            // Closing a socket that is already broken; there is nothing left to release.
            return;
        }
    }
}
