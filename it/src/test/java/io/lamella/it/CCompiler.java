// SPDX-License-Identifier: Apache-2.0
package io.lamella.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/** The system's C compiler; tests that need it are left out where there is none. */
final class CCompiler {
    private static final List<String> STRICT = List.of("-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic");

    private CCompiler() {}

    /** What a program said. */
    record Outcome(int status, String output) {}

    /** The project's folder. */
    static Path project() {
        Path here = Path.of("").toAbsolutePath();
        return here.resolve("core-c").toFile().isDirectory() ? here : Objects.requireNonNull(here.getParent());
    }

    /** The C sources of {@code core-c}. */
    static Path sources() {
        Path sources = project().resolve("core-c/src/main/c");
        assertThat(sources.resolve("include/lamella_core.h")).isRegularFile();
        return sources;
    }

    static String find(String... names) {
        for (String directory : System.getenv().getOrDefault("PATH", "/usr/bin").split(":", -1)) {
            for (String name : names) {
                Path file = Path.of(directory, name);
                if (Files.isExecutable(file)) {
                    return file.toString();
                }
            }
        }
        assumeTrue(false, "There is no " + String.join(" or ", names) + " on the PATH.");
        return "";
    }

    /** Compiles one C file strictly, with the header's folder on its path. */
    static Path compile(Path source, Path output, String... more) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(find("cc", "gcc", "clang")));
        command.addAll(STRICT);
        command.addAll(List.of("-O1", "-I", sources().resolve("include").toString(), "-o", output.toString()));
        command.add(source.toString());
        command.addAll(List.of(more));
        Outcome outcome = run(command, Map.of(), 60);
        assertThat(outcome.output()).as("the compiler's output").isEmpty();
        assertThat(outcome.status()).isZero();
        return output;
    }

    /** Builds the libraries of {@code core-c} into a folder. */
    static Path libraries(Path output) throws IOException, InterruptedException {
        find("cc", "gcc", "clang");
        String javaHome = System.getProperty("java.home");
        assumeTrue(Files.isRegularFile(Path.of(javaHome, "include/jni.h")), "This Java comes without jni.h.");
        Outcome outcome = run(
                List.of(find("make"), "-s", "-C", sources().toString(), "OUT=" + output, "JAVA_HOME=" + javaHome),
                Map.of(),
                120);
        assertThat(outcome.output()).as("the compiler's output").isEmpty();
        assertThat(outcome.status()).isZero();
        return output;
    }

    static Outcome run(List<String> command, Map<String, String> environment, int timeoutSeconds)
            throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().putAll(environment);
        Path log = Files.createTempFile("lamella-c", ".log");
        Process process = builder.redirectOutput(log.toFile()).start();
        process.getOutputStream().close();
        if (!process.waitFor(timeoutSeconds, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new AssertionError(
                    command + " did not end within " + timeoutSeconds + " s; it said:\n" + Files.readString(log));
        }
        try (InputStream output = Files.newInputStream(log)) {
            return new Outcome(process.exitValue(), new String(output.readAllBytes(), StandardCharsets.UTF_8));
        } finally {
            Files.delete(log);
        }
    }
}
