// SPDX-License-Identifier: Apache-2.0
package io.lamella.bench;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * The benchmark's own C programs, compiled with the system's compiler on first use and kept in the user's cache by the digest of their
 * sources.
 */
final class CPrograms {
    private static final List<String> SOURCES = List.of("wire.h", "floor.c", "probe.c");

    private final Path folder;

    private CPrograms(Path folder) {
        this.folder = folder;
    }

    Path floor() {
        return folder.resolve("floor");
    }

    Path probe() {
        return folder.resolve("probe");
    }

    /** Compiles what is not there yet. @throws BenchException if there is no compiler, or it fails */
    static CPrograms compile() {
        try {
            Path folder = cacheFolder().resolve(digest());
            CPrograms programs = new CPrograms(folder);
            if (Files.isExecutable(programs.floor()) && Files.isExecutable(programs.probe())) {
                return programs;
            }
            String compiler = compiler();
            Files.createDirectories(folder);
            for (String source : SOURCES) {
                try (InputStream text = open(source)) {
                    Files.copy(text, folder.resolve(source), StandardCopyOption.REPLACE_EXISTING);
                }
            }
            for (Path program : List.of(programs.floor(), programs.probe())) {
                Path made = folder.resolve(program.getFileName() + ".new");
                run(List.of(compiler, "-std=gnu11", "-O2", "-Wall", "-o", made.toString(), program + ".c"));
                Files.move(made, program, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            }
            return programs;
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot prepare the benchmark's C programs.", e);
        }
    }

    private static Path cacheFolder() {
        Map<String, String> environment = System.getenv();
        Path home = Path.of(environment.getOrDefault("HOME", System.getProperty("user.home")));
        Path caches = Path.of(environment.getOrDefault(
                "XDG_CACHE_HOME", home.resolve(".cache").toString()));
        return Path.of(environment.getOrDefault(
                        "LAMELLA_CACHE", caches.resolve("lamella").toString()))
                .resolve("bench");
    }

    private static String digest() throws IOException {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (String source : SOURCES) {
                try (InputStream text = open(source)) {
                    digest.update(text.readAllBytes());
                }
            }
            return HexFormat.of().formatHex(digest.digest(), 0, 8);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java runtime has SHA-256.", e);
        }
    }

    private static InputStream open(String source) {
        InputStream text = CPrograms.class.getResourceAsStream("c/" + source);
        if (text == null) {
            throw new IllegalStateException("The resource " + source + " is missing from the bench module.");
        }
        return text;
    }

    private static String compiler() {
        String path = System.getenv().getOrDefault("PATH", "/usr/bin:/bin");
        for (String name : List.of("cc", "gcc", "clang")) {
            for (String folder : path.split(":", -1)) {
                if (!folder.isEmpty() && Files.isExecutable(Path.of(folder, name))) {
                    return Path.of(folder, name).toString();
                }
            }
        }
        throw new BenchException(
                "The floor that the wire benchmark compares with is a small C program, and there is no C compiler on"
                        + " PATH (looked for cc, gcc and clang). On Debian: apt-get install gcc libc6-dev.");
    }

    private static void run(List<String> command) throws IOException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        try {
            if (!process.waitFor(60, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new BenchException("The C compiler did not end within 60 s: " + String.join(" ", command));
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
            throw new BenchException("Interrupted while compiling.");
        }
        if (process.exitValue() != 0) {
            throw new BenchException("The C compiler failed: " + String.join(" ", command) + "\n" + output);
        }
    }
}
