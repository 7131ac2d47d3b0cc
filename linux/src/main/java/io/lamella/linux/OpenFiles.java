// SPDX-License-Identifier: Apache-2.0
package io.lamella.linux;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What this process has open and mapped; for diagnosis, and for tests that look for leaks. */
public final class OpenFiles {
    private OpenFiles() {}

    /** How many descriptors are open. */
    public static int count() {
        return list().size();
    }

    /** Each open descriptor and what it refers to; the one that listing needs is not counted. */
    public static SortedMap<Integer, String> list() {
        SortedMap<Integer, String> open = new TreeMap<>();
        try (Stream<Path> entries = Files.list(Path.of("/proc/self/fd"))) {
            for (Path entry : (Iterable<Path>) entries::iterator) {
                String target = target(entry);
                if (target != null && !target.matches("/proc/[0-9]+/fd")) {
                    open.put(Integer.valueOf(entry.getFileName().toString()), target);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot list the open descriptors.", e);
        }
        return open;
    }

    private static @Nullable String target(Path entry) {
        try {
            return Files.readSymbolicLink(entry).toString();
        } catch (IOException e) {
            // Closed since it was listed.
            return null;
        }
    }

    /** How many mappings there are whose line in {@code /proc/self/maps} contains {@code text}, such as the name of a memfd. */
    public static long mappings(String text) {
        try (Stream<String> lines = Files.lines(Path.of("/proc/self/maps"))) {
            return lines.filter(line -> line.contains(text)).count();
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot list the mappings.", e);
        }
    }
}
