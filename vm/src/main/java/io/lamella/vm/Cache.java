// SPDX-License-Identifier: Apache-2.0
package io.lamella.vm;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The folder where downloads and what is made of them are kept: {@code $LAMELLA_CACHE}, else
 * {@code $XDG_CACHE_HOME/lamella}, else {@code ~/.cache/lamella}. Deleting it is always safe when nothing runs.
 *
 * @param folder the folder; it exists
 */
public record Cache(Path folder) {
    /** The cache of the user who runs this JVM; it is created when it is missing. */
    public static Cache ofUser() throws IOException {
        return ofEnvironment(System.getenv(), Path.of(System.getProperty("user.home", "/")));
    }

    static Cache ofEnvironment(Map<String, String> environment, Path home) throws IOException {
        String own = environment.getOrDefault("LAMELLA_CACHE", "");
        String xdg = environment.getOrDefault("XDG_CACHE_HOME", "");
        Path folder;
        if (!own.isEmpty()) {
            folder = Path.of(own);
        } else if (xdg.startsWith("/")) {
            folder = Path.of(xdg, "lamella");
        } else {
            folder = home.resolve(".cache/lamella");
        }
        return at(folder);
    }

    /** A cache in a folder of the caller's choice. */
    public static Cache at(Path folder) throws IOException {
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw new VmException(
                    "The cache folder " + folder + " cannot be created (" + e.getMessage()
                            + "). Set LAMELLA_CACHE to a folder that you can write to.",
                    e);
        }
        return new Cache(folder.toAbsolutePath().normalize());
    }

    /**
     * Takes the cache's one write lock, shared with other processes and other threads.
     *
     * @throws VmException when somebody else holds it for longer than the timeout
     */
    public Lock lock(Duration timeout, Progress progress) throws IOException {
        return lock("lock", timeout, progress);
    }

    /**
     * Takes a lock for one thing that takes long to make, so that the rest of the cache stays free meanwhile.
     *
     * @param name a file's name below the cache's folder
     * @throws VmException when somebody else holds it for longer than the timeout
     */
    public Lock lock(String name, Duration timeout, Progress progress) throws IOException {
        long deadlineNanos = System.nanoTime() + timeout.toNanos();
        FileChannel channel =
                FileChannel.open(folder.resolve(name), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        boolean said = false;
        try {
            while (true) {
                FileLock lock = tryLock(channel);
                if (lock != null) {
                    return new Lock(channel);
                }
                if (!said) {
                    progress.stage("wait for another lamella that uses the cache");
                    said = true;
                }
                if (System.nanoTime() > deadlineNanos) {
                    throw new VmException("Another process has held the cache " + folder + " for " + timeout.toMinutes()
                            + " minutes. Wait for it, or set LAMELLA_CACHE to another folder.");
                }
                Thread.sleep(100);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            channel.close();
            throw new VmException("Waiting for the cache was interrupted.", e);
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException e) {
            return null;
        }
    }

    /** Deletes a folder and everything in it; links are not followed. */
    public static void deleteTree(Path root) throws IOException {
        if (!Files.exists(root, java.nio.file.LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        List<Path> all;
        try (Stream<Path> walk = Files.walk(root)) {
            all = walk.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path path : all) {
            Files.deleteIfExists(path);
        }
    }

    /** The held lock; closing it lets the next one in. */
    public static final class Lock implements AutoCloseable {
        private final FileChannel channel;

        private Lock(FileChannel channel) {
            this.channel = channel;
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }
}
