// SPDX-License-Identifier: Apache-2.0
package io.lamella.vm.build;

import io.lamella.vm.Cache;
import io.lamella.vm.Progress;
import io.lamella.vm.VmException;
import io.lamella.vm.archive.Apt;
import io.lamella.vm.archive.DebianArchive;
import io.lamella.vm.archive.PackageTree;
import io.lamella.vm.guest.Kernel;
import io.lamella.vm.guest.KernelProvider;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A small kernel with nova-core and nova-drm built in: from the cache, or built from Debian's source once. */
public final class NovaKernel {
    /** Everything that the kernel's build calls; what these need comes along. */
    static final List<String> TOOLS = List.of(
            "rustc",
            "rust-src",
            "bindgen",
            "clang",
            "lld",
            "llvm",
            "libc6-dev",
            "libelf-dev",
            "make",
            "flex",
            "bison",
            "bc",
            "perl",
            "kmod",
            "cpio",
            "base-files",
            "bash",
            "coreutils",
            "dash",
            "diffutils",
            "findutils",
            "grep",
            "gzip",
            "mawk",
            "sed",
            "tar",
            "xz-utils",
            "zstd");

    private static final Pattern SOURCE = Pattern.compile("linux-source-(\\d{1,3})\\.(\\d{1,3})");

    /** nova-core boots a GSP and says so from this version on. */
    private static final int[] OLDEST = {7, 3};

    /** Roughly; measured with 7.3. */
    private static final int STEPS = 1500;

    private static final long WORK_BYTES = 5L << 30;
    private static final Duration OTHERS_BUILD = Duration.ofHours(4);
    private static final Duration LONGEST = Duration.ofHours(4);

    private NovaKernel() {}

    /**
     * Finds the kernel, or builds it, which takes two processors about twenty minutes.
     *
     * @throws VmException when it cannot be had, with a sentence that says why
     */
    public static Kernel provide(Cache cache, Progress progress) throws IOException {
        return provide("nova", STEPS, cache, progress);
    }

    /**
     * The same for another kernel of that source.
     *
     * @param name of the kernel, and of its configuration among the resources
     * @param steps of its build, roughly
     */
    static Kernel provide(String name, int steps, Cache cache, Progress progress) throws IOException {
        DebianArchive archive = new DebianArchive(cache, progress);
        PackageTree source = archive.provide("linux-source", apt -> {
            List<String> names = apt.names("linux-source-");
            String newest = newestSource(names)
                    .orElseThrow(() -> new VmException("The Debian archive has no source of a kernel from " + OLDEST[0]
                            + "." + OLDEST[1] + " on, which is the first with a nova that starts a GPU. It has: "
                            + String.join(", ", names) + "."));
            return apt.closure(Apt.BACKPORTS, List.of(newest)).stream()
                    .filter(pin -> pin.name().equals(newest))
                    .toList();
        });
        PackageTree tools = archive.provide("kernel-tools", apt -> apt.closure(Apt.STABLE, TOOLS));
        Path folder = Files.createDirectories(
                cache.folder().resolve("kernels").resolve(name + "-" + key(name, source, tools)));
        Path image = folder.resolve("bzImage");
        if (!Files.isRegularFile(image)) {
            Cache.Lock lock = cache.lock("kernels/" + folder.getFileName() + ".lock", OTHERS_BUILD, progress);
            try {
                if (!Files.isRegularFile(image)) {
                    build(name, steps, source, tools, folder, progress);
                }
            } finally {
                lock.close();
            }
        }
        return KernelProvider.ofFiles(image, Optional.empty());
    }

    /** The name of the newest source package that will do. */
    static Optional<String> newestSource(List<String> packageNames) {
        record Candidate(int major, int minor, String name) {}
        return packageNames.stream()
                .map(SOURCE::matcher)
                .filter(Matcher::matches)
                .map(found -> new Candidate(
                        Integer.parseInt(found.group(1)), Integer.parseInt(found.group(2)), found.group()))
                .filter(one -> one.major > OLDEST[0] || (one.major == OLDEST[0] && one.minor >= OLDEST[1]))
                .max(Comparator.comparingInt(Candidate::major).thenComparingInt(Candidate::minor))
                .map(Candidate::name);
    }

    private static void build(
            String name, int steps, PackageTree source, PackageTree tools, Path folder, Progress progress)
            throws IOException {
        long freeBytes = folder.toFile().getUsableSpace();
        if (freeBytes < WORK_BYTES) {
            throw new VmException("Building a kernel needs about %d MiB in %s, where only %d MiB are free. Set"
                            .formatted(WORK_BYTES >> 20, folder, freeBytes >> 20)
                    + " LAMELLA_CACHE to a folder with more room.");
        }
        Path work = Files.createDirectories(folder.resolve("work"));
        Path log = folder.resolve("build.log");
        BuildRoot root = BuildRoot.open(tools, work, source.root());
        Files.write(work.resolve("fragment"), Resources.read(name + ".config"));
        Files.write(work.resolve("build-kernel.sh"), Resources.read("build-kernel.sh"));
        int jobs = Runtime.getRuntime().availableProcessors();
        Process process = root.start(List.of("nice", "sh", "/home/build-kernel.sh", Integer.toString(jobs)), log);
        try {
            follow(process, log, steps, progress);
        } finally {
            process.destroyForcibly();
        }
        Files.move(work.resolve("config"), folder.resolve("config"), StandardCopyOption.REPLACE_EXISTING);
        Files.move(work.resolve("bzImage"), folder.resolve("bzImage"), StandardCopyOption.ATOMIC_MOVE);
        progress.stage("clean up after the kernel's build");
        Cache.deleteTree(work);
    }

    private static void follow(Process process, Path log, int steps, Progress progress) throws IOException {
        long deadlineNanos = System.nanoTime() + LONGEST.toNanos();
        try {
            while (!process.waitFor(1, TimeUnit.SECONDS)) {
                BuildLog.State state = BuildLog.state(lines(log), steps);
                double fraction = state.steps() == 0 ? -1 : Math.min(0.99, (double) state.steps() / steps);
                progress.update(new Progress.Update(state.stage(), fraction, -1, -1));
                if (System.nanoTime() > deadlineNanos) {
                    throw new VmException("The kernel's build did not end within " + LONGEST.toHours()
                            + " hours and was stopped; run it again to go on. Its log is " + log + ".");
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new VmException("The kernel's build was interrupted; run it again to go on.", e);
        }
        if (process.exitValue() != 0) {
            throw new VmException("The kernel could not be built; its log is " + log + ". It says: "
                    + String.join(" | ", BuildLog.reason(lines(log))));
        }
    }

    private static List<String> lines(Path log) throws IOException {
        // A compiler's message may hold anything; the log is a few hundred KiB.
        return Files.readString(log, StandardCharsets.ISO_8859_1).lines().toList();
    }

    private static String key(String name, PackageTree source, PackageTree tools) throws IOException {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (String part : List.of(source.key(), tools.key())) {
                digest.update((part + "\n").getBytes(StandardCharsets.UTF_8));
            }
            for (String part : List.of(name + ".config", "build-kernel.sh")) {
                digest.update(Resources.read(part));
            }
            return HexFormat.of().formatHex(digest.digest(), 0, 8);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
