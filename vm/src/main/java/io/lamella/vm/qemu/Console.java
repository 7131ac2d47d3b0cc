// SPDX-License-Identifier: Apache-2.0
package io.lamella.vm.qemu;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * The guest's serial console: read as it comes, cut into lines, stamped with the host's time, kept in a file.
 *
 * <p>Memory holds the last 20,000 lines and the file at most 32 MiB, whatever the guest prints.
 */
public final class Console {
    private static final int MAX_LINE = 2000;
    private static final int KEPT_LINES = 20_000;
    private static final long MAX_LOG_BYTES = 32L << 20;

    private final Path log;
    private final long startNanos;
    private final Consumer<ConsoleLine> listener;
    private final ArrayDeque<ConsoleLine> lines = new ArrayDeque<>();
    private long count;
    private boolean ended;

    Console(Path log, long startNanos, Consumer<ConsoleLine> listener) {
        this.log = log;
        this.startNanos = startNanos;
        this.listener = listener;
    }

    /** Reads to the end of the stream on the calling thread. */
    void follow(InputStream stream) throws IOException {
        try (BufferedWriter file = Files.newBufferedWriter(log)) {
            byte[] buffer = new byte[8192];
            StringBuilder line = new StringBuilder();
            long loggedBytes = 0;
            int length = stream.read(buffer);
            while (length >= 0) {
                // Latin-1 is enough for a kernel's log and cannot fail on half a character.
                String text = new String(buffer, 0, length, StandardCharsets.ISO_8859_1);
                for (int i = 0; i < text.length(); i++) {
                    char c = text.charAt(i);
                    if (c == '\n' || line.length() >= MAX_LINE) {
                        loggedBytes = take(line.toString(), file, loggedBytes);
                        line.setLength(0);
                    }
                    if (c == '\t' || (c >= ' ' && c < 0x7f)) {
                        line.append(c);
                    }
                }
                if (stream.available() == 0) {
                    file.flush();
                }
                length = stream.read(buffer);
            }
            if (!line.isEmpty()) {
                loggedBytes = take(line.toString(), file, loggedBytes);
            }
        } finally {
            synchronized (lines) {
                ended = true;
                lines.notifyAll();
            }
        }
    }

    private long take(String text, BufferedWriter file, long loggedBytes) throws IOException {
        ConsoleLine line = new ConsoleLine((System.nanoTime() - startNanos) / 1_000_000, text);
        long total = loggedBytes;
        if (loggedBytes < MAX_LOG_BYTES) {
            String entry = "%9.3f %s%n".formatted(line.atMillis() / 1000.0, text);
            file.write(entry);
            total += entry.length();
            if (total >= MAX_LOG_BYTES) {
                file.write("(the guest printed more than this file may hold)\n");
            }
        }
        synchronized (lines) {
            if (lines.size() == KEPT_LINES) {
                lines.removeFirst();
            }
            lines.addLast(line);
            count++;
            lines.notifyAll();
        }
        listener.accept(line);
        return total;
    }

    /** The file that keeps the lines. */
    public Path log() {
        return log;
    }

    /** The lines so far. */
    public List<ConsoleLine> lines() {
        synchronized (lines) {
            return new ArrayList<>(lines);
        }
    }

    /** Waits for a line, those already printed included; empty when the time is up or the machine ended without it. */
    public Optional<ConsoleLine> await(Predicate<String> wanted, Duration timeout) {
        long deadlineNanos = System.nanoTime() + timeout.toNanos();
        synchronized (lines) {
            long seen = count - lines.size();
            while (true) {
                long index = count - lines.size();
                for (ConsoleLine line : lines) {
                    if (index >= seen && wanted.test(line.text())) {
                        return Optional.of(line);
                    }
                    index++;
                }
                seen = count;
                long leftMillis = (deadlineNanos - System.nanoTime()) / 1_000_000;
                if (ended || leftMillis <= 0) {
                    return Optional.empty();
                }
                try {
                    lines.wait(leftMillis);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    return Optional.empty();
                }
            }
        }
    }
}
