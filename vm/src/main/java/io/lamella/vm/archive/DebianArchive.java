// SPDX-License-Identifier: Apache-2.0
package io.lamella.vm.archive;

import io.lamella.vm.Cache;
import io.lamella.vm.Commands;
import io.lamella.vm.Progress;
import io.lamella.vm.VmException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.function.Predicate;

/** Gives out unpacked Debian packages, from the cache where it can and from the mirror where it must. */
public final class DebianArchive {
    private static final Duration MAX_AGE = Duration.ofDays(1);
    private static final Duration LOCK_TIMEOUT = Duration.ofMinutes(30);

    private final Cache cache;
    private final Progress progress;
    private final boolean offline;
    private final Suites suites;

    public DebianArchive(Cache cache, Progress progress) {
        this(cache, progress, Suites.STABLE);
    }

    /** The same with packages from other suites. */
    public DebianArchive(Cache cache, Progress progress, Suites suites) {
        this(
                cache,
                progress,
                suites,
                !System.getenv().getOrDefault("LAMELLA_OFFLINE", "").isEmpty());
    }

    DebianArchive(Cache cache, Progress progress, Suites suites, boolean offline) {
        this.cache = cache;
        this.progress = progress;
        this.offline = offline;
        this.suites = suites;
    }

    /** The cache this archive works in. */
    public Cache cache() {
        return cache;
    }

    /**
     * Provides a set of packages, unpacked into one folder.
     *
     * <p>A choice made less than a day ago is used as it is, without network and without a lock. An older one is made
     * again, and is kept when the network is away ({@code LAMELLA_OFFLINE=1} keeps it in any case).
     *
     * @param name a short name for the choice, letters, digits, dots and dashes
     * @param selection chooses the packages
     * @throws VmException when they cannot be had, with a sentence that says why
     */
    public PackageTree provide(String name, Selection selection) throws IOException {
        if (!name.matches("[A-Za-z0-9.-]{1,64}")) {
            throw new IllegalArgumentException("not a name for a set of packages: " + name);
        }
        Optional<PackageTree> known = known(name, offline ? Duration.ofDays(36500) : MAX_AGE);
        if (known.isPresent()) {
            return known.get();
        }
        if (offline) {
            throw new VmException("LAMELLA_OFFLINE is set and the packages for " + name + " are not in the cache "
                    + cache.folder() + ". Run once without it.");
        }
        Cache.Lock lock = cache.lock(LOCK_TIMEOUT, progress);
        try {
            known = known(name, MAX_AGE);
            if (known.isPresent()) {
                return known.get();
            }
            return choose(name, selection);
        } finally {
            lock.close();
        }
    }

    /** What was provided under this name before, however long ago. */
    public Optional<PackageTree> cached(String name) throws IOException {
        return known(name, Duration.ofDays(36500));
    }

    /**
     * Everything that the suites list of these packages today.
     *
     * @param prefix what the packages' names begin with
     * @param wanted which of the names
     * @throws VmException when the lists cannot be fetched
     */
    public List<Listing> list(String prefix, Predicate<String> wanted) throws IOException {
        Cache.Lock lock = cache.lock(LOCK_TIMEOUT, progress);
        try {
            Apt apt = new Apt(cache, suites);
            if (!offline || !apt.hasLists()) {
                apt.refresh(progress, MAX_AGE);
            }
            return apt.listings(apt.names(prefix).stream().filter(wanted).toList());
        } finally {
            lock.close();
        }
    }

    /** From which day the lists of each suite are that {@link #list} used, as their signed index says. */
    public SortedMap<String, LocalDate> listDates() throws IOException {
        return new Apt(cache, suites).listDates();
    }

    /** Removes a set of packages that is no longer needed. Nobody may be using it. */
    public void discard(String name, PackageTree tree) throws IOException {
        Cache.Lock lock = cache.lock(LOCK_TIMEOUT, progress);
        try {
            Files.deleteIfExists(pointer(name));
            Cache.deleteTree(tree.root());
        } finally {
            lock.close();
        }
    }

    private PackageTree choose(String name, Selection selection) throws IOException {
        Apt apt = new Apt(cache, suites);
        try {
            apt.refresh(progress, MAX_AGE);
        } catch (VmException e) {
            Optional<PackageTree> old = known(name, Duration.ofDays(36500));
            if (old.isPresent()) {
                return old.get();
            }
            if (!apt.hasLists()) {
                throw e;
            }
        }
        List<PinnedPackage> pins = selection.choose(apt);
        List<PackageFile> files = apt.files(pins);
        String key = name + "-" + digest(files);
        Path packages = Files.createDirectories(cache.folder().resolve("packages"));
        Path target = packages.resolve(key);
        if (!Files.isDirectory(target)) {
            unpack(apt, name, pins, files, packages, target);
        }
        Files.createDirectories(cache.folder().resolve("choices"));
        Path pointer = pointer(name);
        Path fresh = pointer.resolveSibling(name + ".new");
        Files.writeString(fresh, key + "\n");
        Files.move(fresh, pointer, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        return new PackageTree(key, target);
    }

    private void unpack(
            Apt apt, String name, List<PinnedPackage> pins, List<PackageFile> files, Path packages, Path target)
            throws IOException {
        removeLeftovers(packages);
        long totalBytes = files.stream().mapToLong(PackageFile::sizeBytes).sum();
        // Not by Files.getFileStore, which fails in a chroot whose root is no mount point.
        long usableBytes = packages.toFile().getUsableSpace();
        if (usableBytes < totalBytes * 6) {
            throw new VmException("The packages for %s need about %d MiB in %s, where only %d MiB are free. Set "
                            .formatted(name, (totalBytes * 6) >> 20, cache.folder(), usableBytes >> 20)
                    + "LAMELLA_CACHE to a folder with more room.");
        }
        Path work = Files.createTempDirectory(packages, ".tmp-");
        try {
            Path debs = Files.createDirectory(work.resolve("debs"));
            Path root = Files.createDirectory(work.resolve("root"));
            apt.download(pins, debs, totalBytes, "download " + name, progress);
            String dpkg = Commands.find("dpkg-deb")
                    .orElse(Path.of("/usr/bin/dpkg-deb"))
                    .toString();
            long doneBytes = 0;
            try (DirectoryStream<Path> all = Files.newDirectoryStream(debs, "*.deb")) {
                for (Path deb : all) {
                    progress.bytes("unpack " + name, doneBytes, totalBytes);
                    Commands.Output output = Commands.run(
                            work,
                            Map.of(),
                            Duration.ofMinutes(10),
                            List.of(dpkg, "-x", deb.toString(), root.toString()));
                    if (output.exitCode() != 0) {
                        throw new VmException("Unpacking " + deb.getFileName() + " failed: " + output.lastWords());
                    }
                    doneBytes += Files.size(deb);
                }
            }
            progress.bytes("unpack " + name, totalBytes, totalBytes);
            Files.write(
                    root.resolve("lamella-packages.txt"),
                    pins.stream().map(PinnedPackage::toString).toList());
            Files.move(root, target, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Cache.deleteTree(work);
        }
    }

    /** Removes what an interrupted run left; the lock says that nobody is in there now. */
    private static void removeLeftovers(Path packages) throws IOException {
        try (DirectoryStream<Path> old = Files.newDirectoryStream(packages, ".tmp-*")) {
            for (Path folder : old) {
                Cache.deleteTree(folder);
            }
        }
    }

    private Optional<PackageTree> known(String name, Duration maxAge) throws IOException {
        Path pointer = pointer(name);
        if (!Files.isRegularFile(pointer)
                || Files.getLastModifiedTime(pointer)
                        .toInstant()
                        .isBefore(Instant.now().minus(maxAge))) {
            return Optional.empty();
        }
        String key = Files.readString(pointer).strip();
        Path root = cache.folder().resolve("packages").resolve(key);
        return key.startsWith(name + "-") && Files.isDirectory(root)
                ? Optional.of(new PackageTree(key, root))
                : Optional.empty();
    }

    private Path pointer(String name) {
        return cache.folder().resolve("choices").resolve(name);
    }

    private static String digest(List<PackageFile> files) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            files.stream()
                    .map(file -> file.fileName() + " " + file.hash() + "\n")
                    .sorted()
                    .forEach(line -> digest.update(line.getBytes(StandardCharsets.UTF_8)));
            return HexFormat.of().formatHex(digest.digest(), 0, 8);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
