// SPDX-License-Identifier: Apache-2.0
package io.lamella.vm.archive;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * One enabled entry for binary packages of the machine's apt sources (sources.list(5)), in either of its two formats.
 *
 * @param uris where the archive is
 * @param suites which releases
 * @param components which parts of them
 */
record AptSource(List<String> uris, List<String> suites, List<String> components) {
    static final String PUBLIC_MIRROR = "http://deb.debian.org/debian";
    static final String PUBLIC_SECURITY_MIRROR = "http://deb.debian.org/debian-security";

    private static final Set<String> DEBIAN_SUITES = Set.of(
            "bullseye", "bookworm", "trixie", "forky", "duke", "sid", "oldstable", "stable", "testing", "unstable");

    /** Reads {@code sources.list} and {@code sources.list.d} below a folder such as /etc/apt; what is missing is empty. */
    static List<AptSource> ofMachine(Path etcApt) {
        List<AptSource> all = new ArrayList<>();
        readInto(all, etcApt.resolve("sources.list"));
        List<Path> parts = new ArrayList<>();
        try (DirectoryStream<Path> folder = Files.newDirectoryStream(etcApt.resolve("sources.list.d"))) {
            folder.forEach(parts::add);
        } catch (IOException e) {
            // No such folder: the machine's apt has no parts.
            parts.clear();
        }
        parts.sort(null);
        parts.forEach(part -> readInto(all, part));
        return all;
    }

    private static void readInto(List<AptSource> all, Path file) {
        try {
            String name = file.getFileName().toString();
            if (name.endsWith(".list")) {
                all.addAll(parseList(Files.readString(file)));
            } else if (name.endsWith(".sources")) {
                all.addAll(parseStanzas(Files.readString(file)));
            }
        } catch (IOException e) {
            // A file that cannot be read names no mirror; the public one is used when none is found.
            return;
        }
    }

    /** The one-line format: {@code deb [options] uri suite component...}. */
    static List<AptSource> parseList(String text) {
        List<AptSource> sources = new ArrayList<>();
        for (String raw : text.split("\n", -1)) {
            int hash = raw.indexOf('#');
            String line = (hash < 0 ? raw : raw.substring(0, hash)).strip();
            if (!line.startsWith("deb ") && !line.startsWith("deb\t")) {
                continue;
            }
            String rest = line.substring(4).strip();
            if (rest.startsWith("[")) {
                int end = rest.indexOf(']');
                if (end < 0) {
                    continue;
                }
                rest = rest.substring(end + 1).strip();
            }
            List<String> words = words(rest);
            if (words.size() >= 2) {
                sources.add(new AptSource(
                        List.of(words.get(0)), List.of(words.get(1)), List.copyOf(words.subList(2, words.size()))));
            }
        }
        return sources;
    }

    /** The stanza format of {@code .sources} files. */
    static List<AptSource> parseStanzas(String text) {
        List<AptSource> sources = new ArrayList<>();
        for (Map<String, String> stanza : Stanzas.parse(text)) {
            boolean enabled = !stanza.getOrDefault("enabled", "yes").equalsIgnoreCase("no");
            if (enabled && words(stanza.getOrDefault("types", "")).contains("deb")) {
                sources.add(new AptSource(
                        words(stanza.getOrDefault("uris", "")),
                        words(stanza.getOrDefault("suites", "")),
                        words(stanza.getOrDefault("components", ""))));
            }
        }
        return sources;
    }

    /** The machine's own Debian mirror: the first entry that holds a whole Debian release over HTTP. */
    static Optional<String> debianMirror(List<AptSource> sources) {
        for (AptSource source : sources) {
            if (!source.components.contains("main") || source.suites.stream().noneMatch(DEBIAN_SUITES::contains)) {
                continue;
            }
            for (String uri : source.uris) {
                boolean web = uri.startsWith("http://") || uri.startsWith("https://");
                // A frozen or a past archive would never have today's kernels.
                boolean frozen = uri.contains("snapshot.debian.org") || uri.contains("archive.debian.org");
                if (web && !frozen) {
                    return Optional.of(uri.endsWith("/") ? uri.substring(0, uri.length() - 1) : uri);
                }
            }
        }
        return Optional.empty();
    }

    /** The machine's own mirror of security updates, which is an archive of its own, or else the public one. */
    static String securityMirror(List<AptSource> sources) {
        return sources.stream()
                .filter(source -> source.suites.stream().anyMatch(suite -> suite.endsWith("-security")))
                .flatMap(source -> source.uris.stream())
                .filter(uri -> uri.startsWith("http") && !uri.contains("snapshot.debian.org"))
                .map(uri -> uri.endsWith("/") ? uri.substring(0, uri.length() - 1) : uri)
                .findFirst()
                .orElse(PUBLIC_SECURITY_MIRROR);
    }

    private static List<String> words(String text) {
        String stripped = text.strip();
        return stripped.isEmpty() ? List.of() : List.of(stripped.split("\\s+"));
    }
}
