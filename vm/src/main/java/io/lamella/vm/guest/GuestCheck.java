// SPDX-License-Identifier: Apache-2.0
package io.lamella.vm.guest;

import io.lamella.vm.Cache;
import io.lamella.vm.Commands;
import io.lamella.vm.VmException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The program that does work on a GPU inside a guest and verifies it. Its source comes with this module; the system's C compiler builds it once.
 */
public final class GuestCheck {
    /** Where it is in the guest. */
    public static final String PROGRAM = "bin/nouveau_check";

    private static final List<String> SOURCES = List.of(
            "nouveau_check.c",
            "gpu.c",
            "copies.c",
            "blocks.c",
            "channels.c",
            "pushbuf.c",
            "load.c",
            "misbehave.c",
            "check.h",
            "nouveau_api.h");
    private static final List<String> OPTIONS = List.of("-static", "-O2", "-std=gnu11");
    private static final Duration BUILD_TIMEOUT = Duration.ofMinutes(2);
    private static final Pattern PATH =
            Pattern.compile("path (\\S{1,40}) copies=(\\d{1,15}) bytes=(\\d{1,15}) mib_per_s=(\\d{1,12}\\.\\d)");
    private static final Pattern LOAD = Pattern.compile(
            "load seconds=(?<seconds>\\d{1,9}\\.\\d{3}) copies=(?<copies>\\d{1,15}) bytes=(?<bytes>\\d{1,18})"
                    + " mib_per_s=(?<rate>\\d{1,12}\\.\\d) pushes=(?<pushes>\\d{1,15}) p50_us=(?<p50>\\d{1,10})"
                    + " p90_us=(?<p90>\\d{1,10}) p99_us=(?<p99>\\d{1,10}) max_us=(?<max>\\d{1,10})");
    private static final String OK = "CHECK ok";
    private static final String FAILED = "CHECK failed: ";

    private GuestCheck() {}

    /** What the program does; all but the first three misbehave on purpose, and then check that a new channel works. */
    public enum Mode {
        /** Copies through every path. */
        COPY(0),
        /** Several channels in each of several processes at the same time. */
        PROCESSES(0),
        /** Copies through the driver's older interface. */
        PUSHBUF(0),
        /** A copy to an address where nothing is. */
        UNMAPPED(31),
        /** A class that the engine does not have. */
        CLASS(39),
        /** A method that the class does not have. */
        METHOD(39),
        /** Words that are no push buffer. */
        GARBAGE(32),
        /** Frees a buffer and a channel while they are in use. */
        FREEING(31),
        /** Waits for a semaphore that nobody releases. The driver gives up after some 10 s. */
        STUCK(0),
        /** Copies that would take hours, submitted at once. The driver gives up after some 10 s. */
        ENDLESS(0),
        /** Tens of millions of words that do nothing, submitted at once. */
        WORDS(0),
        /** Tens of thousands of tiny pushes. Programs cannot reach the doorbell itself: nouveau maps it for none. */
        STORM(0);

        private final int xid;

        Mode(int xid) {
            this.xid = xid;
        }

        /** With which Xid the GPU stops the channel; 0 if it does not. */
        public int xid() {
            return xid;
        }

        /** Whether its channel is gone afterwards, stopped by the GPU or given up by the driver. */
        public boolean losesChannel() {
            return xid != 0 || this == STUCK || this == ENDLESS;
        }

        /** Whether it does something that programs should not do. */
        public boolean misbehaves() {
            return this != COPY && this != PROCESSES && this != PUSHBUF;
        }

        /** The command line for the guest's shell. */
        public String command(long seed) {
            return "/" + PROGRAM + " " + name().toLowerCase(Locale.ROOT) + " " + seed;
        }
    }

    /**
     * A load: copies within video memory, as many as go, verified at the end. It also ends when its process is told to terminate.
     *
     * @param seconds at most, 1 to 86400
     * @param copyBytes size of a copy, at most 8 MiB
     * @param copiesPerPush copies that are submitted together, 1 to 5460
     * @param depth pushes that are under way at any time, 1 to 64
     */
    public record Load(int seconds, int copyBytes, int copiesPerPush, int depth) {
        /** The command line for the guest's shell. */
        public String command(long seed) {
            return String.format(
                    Locale.ROOT, "/%s load %d %d %d %d %d", PROGRAM, seed, seconds, copyBytes, copiesPerPush, depth);
        }
    }

    /**
     * What a load did. A push takes from its submission until the program sees its fence.
     *
     * @param seconds how long it ran
     * @param copies how many copies
     * @param bytes how many bytes
     * @param mibPerSecond how fast
     * @param pushes in how many pushes
     * @param p50Micros half of the pushes took at most this long
     * @param p90Micros nine of ten
     * @param p99Micros 99 of 100
     * @param maxMicros the longest
     */
    public record LoadResult(
            double seconds,
            long copies,
            long bytes,
            double mibPerSecond,
            long pushes,
            long p50Micros,
            long p90Micros,
            long p99Micros,
            long maxMicros) {}

    /**
     * One thing that the program tried, and that went well.
     *
     * @param name of the path, such as "vram-vram"
     * @param copies how many copies
     * @param bytes how many bytes were copied while the time was taken
     * @param mibPerSecond how fast
     */
    public record Step(String name, long copies, long bytes, double mibPerSecond) {}

    /**
     * What the program reported.
     *
     * @param steps everything that went well
     * @param failure why it failed; empty if all is well
     */
    public record Result(List<Step> steps, String failure) {
        public Result {
            steps = List.copyOf(steps);
        }

        /** Whether every byte was where it belongs. */
        public boolean ok() {
            return failure.isEmpty();
        }
    }

    /**
     * Builds the program, or finds it in the cache.
     *
     * @return the static program's bytes, for {@link GuestContents#files} under {@link #PROGRAM}
     * @throws VmException when there is no compiler or it fails, with what would help
     */
    public static byte[] program(Cache cache) throws IOException {
        Map<String, byte[]> sources = new HashMap<>();
        for (String name : SOURCES) {
            sources.put(name, source(name));
        }
        String compiler = Commands.find("cc")
                .or(() -> Commands.find("gcc"))
                .orElseThrow(
                        () -> new VmException("The guest's check program is built with the system's C compiler, and"
                                + " there is none. Run: apt-get install gcc libc6-dev"))
                .toString();
        Path folder = Files.createDirectories(cache.folder().resolve("guest-check"));
        Path target = folder.resolve(key(compiler, sources));
        if (Files.isRegularFile(target)) {
            return Files.readAllBytes(target);
        }
        Path work = Files.createTempDirectory(folder, ".build-");
        try {
            for (Map.Entry<String, byte[]> one : sources.entrySet()) {
                Files.write(work.resolve(one.getKey()), one.getValue());
            }
            List<String> command = new ArrayList<>(List.of(compiler));
            command.addAll(OPTIONS);
            command.addAll(List.of("-o", "program"));
            SOURCES.stream().filter(name -> name.endsWith(".c")).forEach(command::add);
            Commands.Output output = Commands.run(work, Map.of(), BUILD_TIMEOUT, command);
            if (output.exitCode() != 0) {
                throw new VmException("The guest's check program cannot be built; it needs a C compiler and a static C"
                        + " library (apt-get install gcc libc6-dev). " + compiler + " said: " + output.lastWords());
            }
            byte[] program = Files.readAllBytes(work.resolve("program"));
            Files.move(work.resolve("program"), target, StandardCopyOption.ATOMIC_MOVE);
            return program;
        } finally {
            Cache.deleteTree(work);
        }
    }

    /** Reads what the program printed. Lines that are none of its reports are left out. */
    public static Result parse(List<String> lines) {
        List<Step> steps = new ArrayList<>();
        String failure = "It ended without a result.";
        for (String line : lines) {
            Matcher path = PATH.matcher(line);
            if (path.matches()) {
                steps.add(new Step(
                        path.group(1),
                        Long.parseLong(path.group(2)),
                        Long.parseLong(path.group(3)),
                        Double.parseDouble(path.group(4))));
            } else if (line.startsWith(FAILED)) {
                // The first failure counts: of several processes the parent's comes last and says less.
                return new Result(steps, line.substring(FAILED.length()));
            } else if (line.equals(OK)) {
                failure = "";
            }
        }
        return new Result(steps, failure);
    }

    /** Reads what a load printed. @throws VmException if it failed, with what the program said */
    public static LoadResult parseLoad(List<String> lines) throws VmException {
        Result result = parse(lines);
        Optional<LoadResult> load = lines.stream()
                .map(LOAD::matcher)
                .filter(Matcher::matches)
                .map(found -> new LoadResult(
                        Double.parseDouble(found.group("seconds")),
                        number(found, "copies"),
                        number(found, "bytes"),
                        Double.parseDouble(found.group("rate")),
                        number(found, "pushes"),
                        number(found, "p50"),
                        number(found, "p90"),
                        number(found, "p99"),
                        number(found, "max")))
                .findFirst();
        if (!result.ok() || load.isEmpty()) {
            throw new VmException("The guest's load failed: " + result.failure());
        }
        return load.get();
    }

    private static long number(Matcher found, String group) {
        return Long.parseLong(found.group(group));
    }

    private static byte[] source(String name) throws IOException {
        try (InputStream in = GuestCheck.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IOException(name + " is missing from this program's own files");
            }
            return in.readAllBytes();
        }
    }

    private static String key(String compiler, Map<String, byte[]> sources) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update((compiler + " " + String.join(" ", OPTIONS)).getBytes(StandardCharsets.UTF_8));
            SOURCES.forEach(name -> digest.update(sources.getOrDefault(name, new byte[0])));
            return HexFormat.of().formatHex(digest.digest(), 0, 8);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
