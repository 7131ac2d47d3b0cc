// SPDX-License-Identifier: Apache-2.0
package io.lamella.it;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A shell in a folder, in which {@code lamella} is this build's. Commands are typed one after the other, as by a person. */
final class TypingShell implements AutoCloseable {
    private static final String END = "--- end of command ";

    private final Process shell;
    private final Writer typed;
    private final BlockingQueue<String> printed = new LinkedBlockingQueue<>();

    /** What a command printed, and with what it ended. */
    record Ran(int exitCode, List<String> lines) {}

    TypingShell(Path folder) throws IOException {
        Path programs = Files.createDirectories(folder.resolve(".bin"));
        Path lamella = programs.resolve("lamella");
        Files.writeString(
                lamella,
                "#!/bin/sh\nexec '%s/bin/java' -XX:TieredStopAtLevel=1 -XX:+UseSerialGC --enable-native-access=ALL-UNNAMED -cp '%s' io.lamella.cli.Lamella \"$@\"\n"
                        .formatted(
                                System.getProperty("java.home"),
                                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"))));
        Files.setPosixFilePermissions(lamella, PosixFilePermissions.fromString("rwxr-xr-x"));
        ProcessBuilder builder = new ProcessBuilder("bash", "--noprofile", "--norc")
                .directory(folder.toFile())
                .redirectErrorStream(true);
        builder.environment().merge("PATH", "", (path, none) -> programs + ":" + path);
        builder.environment().put("LC_ALL", "C.UTF-8");
        shell = builder.start();
        typed = shell.outputWriter(StandardCharsets.UTF_8);
        Thread.ofVirtual().name("shell").start(this::read);
    }

    private void read() {
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(shell.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                printed.add(line);
            }
        } catch (IOException e) {
            printed.add("The shell cannot be read: " + e.getMessage());
        }
    }

    /** Types a command and waits for its end. @throws TimeoutException if it takes too long; what it printed is in the message */
    Ran type(String command, Duration timeout) throws IOException, InterruptedException, TimeoutException {
        // A command must not read what is typed for the next one.
        typed.write(
                "eval '" + command.replace("'", "'\\''") + "\n' < /dev/null\nprintf '\\n%s%d\\n' '" + END + "' $?\n");
        typed.flush();
        long deadline = System.nanoTime() + timeout.toNanos();
        List<String> lines = new ArrayList<>();
        while (true) {
            String line = printed.poll(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
            if (line == null) {
                throw new TimeoutException(
                        String.format(Locale.ROOT, "%d s are over; it printed: %s", timeout.toSeconds(), lines));
            }
            if (line.startsWith(END)) {
                // The line end before the mark is ours.
                if (!lines.isEmpty() && lines.getLast().isEmpty()) {
                    lines.removeLast();
                }
                return new Ran(Integer.parseInt(line.substring(END.length())), lines);
            }
            lines.add(line);
        }
    }

    /** Ends the shell and everything that was started in it. */
    @Override
    public void close() {
        List<ProcessHandle> all = shell.toHandle().descendants().toList();
        all.forEach(ProcessHandle::destroy);
        all.forEach(each -> {
            try {
                each.onExit().get(20, TimeUnit.SECONDS);
            } catch (Exception e) {
                each.destroyForcibly();
            }
        });
        shell.destroy();
    }
}
