// SPDX-License-Identifier: Apache-2.0
package io.lamella.vm;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

/** Runs the few programs this module needs (apt-get, dpkg-deb, busybox), each with a deadline and bounded output. */
public final class Commands {
    /** No program here prints more: the largest is an unpacked kernel module. */
    private static final int MAX_OUTPUT_BYTES = 256 << 20;

    private Commands() {}

    /**
     * What a program left behind.
     *
     * @param exitCode its exit code
     * @param bytes its standard output
     * @param errors its standard error, as text
     */
    // The array is handed on to its one reader and never compared.
    @SuppressWarnings("ArrayRecordComponent")
    public record Output(int exitCode, byte[] bytes, String errors) {
        /** The standard output as text. */
        public String text() {
            return new String(bytes, StandardCharsets.UTF_8);
        }

        /** The last lines of everything it said, for an error message. */
        public String lastWords() {
            String all = (text() + "\n" + errors).strip();
            return all.length() <= 1500 ? all : "..." + all.substring(all.length() - 1500);
        }
    }

    /** Finds a program on PATH, or in the folders that PATH lacks for ordinary users. */
    public static Optional<Path> find(String program) {
        String path = System.getenv().getOrDefault("PATH", "") + ":/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin";
        for (String folder : path.split(":", -1)) {
            if (!folder.startsWith("/")) {
                continue;
            }
            Path candidate = Path.of(folder, program);
            if (Files.isRegularFile(candidate) && Files.isExecutable(candidate)) {
                return Optional.of(candidate);
            }
        }
        return Optional.empty();
    }

    /**
     * Runs a program to its end.
     *
     * @param folder its working directory
     * @param environment variables added to ours
     * @throws VmException when it cannot be started, runs longer than the timeout, or says too much
     */
    public static Output run(Path folder, Map<String, String> environment, Duration timeout, List<String> command)
            throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()));
        builder.environment().put("LC_ALL", "C.UTF-8");
        builder.environment().putAll(environment);
        Process process;
        try {
            process = ChildProcesses.adopt(builder.start());
        } catch (IOException e) {
            throw new VmException(command.getFirst() + " cannot be started: " + e.getMessage(), e);
        }
        CompletableFuture<byte[]> output = drain(process.getInputStream());
        CompletableFuture<byte[]> errors = drain(process.getErrorStream());
        try {
            if (!process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new VmException(
                        name(command) + " did not finish within " + timeout.toSeconds() + " s and was stopped.");
            }
            return new Output(
                    process.exitValue(),
                    output.get(10, TimeUnit.SECONDS),
                    new String(errors.get(10, TimeUnit.SECONDS), StandardCharsets.UTF_8));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new VmException(name(command) + " was interrupted.", e);
        } catch (ExecutionException | java.util.concurrent.TimeoutException e) {
            throw new VmException(name(command) + " said more than can be kept, or kept its output open.", e);
        } finally {
            process.destroyForcibly();
        }
    }

    private static String name(List<String> command) {
        return String.join(" ", command.subList(0, Math.min(3, command.size())));
    }

    private static CompletableFuture<byte[]> drain(InputStream stream) {
        CompletableFuture<byte[]> result = new CompletableFuture<>();
        Thread.ofVirtual().start(() -> {
            try (stream) {
                byte[] bytes = stream.readNBytes(MAX_OUTPUT_BYTES + 1);
                if (bytes.length > MAX_OUTPUT_BYTES) {
                    result.completeExceptionally(new VmException("too much output"));
                } else {
                    result.complete(bytes);
                }
            } catch (IOException e) {
                result.completeExceptionally(e);
            }
        });
        return result;
    }
}
