// SPDX-License-Identifier: Apache-2.0
package io.lamella.vm.archive;

import java.nio.file.Path;
import java.util.List;

/**
 * Which suites of Debian's archive packages come from. Each choice has package lists of its own, so that one that has unstable in it never
 * changes what the others choose.
 */
public enum Suites {
    /** The stable release and its backports: where QEMU, kernels and tools come from. */
    STABLE("apt", List.of(Apt.STABLE, Apt.BACKPORTS), List.of(), ""),

    /**
     * Everything that has a kernel today, unstable included: for looking at kernels, not for a set of packages that run together. Lists are
     * taken from a mirror that has not been renewed for longer than it should, too; they are as signed as any, and their dates are to be told.
     */
    KERNELS(
            "apt-kernels",
            List.of(Apt.STABLE, Apt.STABLE + "-updates", Apt.BACKPORTS, "sid"),
            List.of(Apt.STABLE + "-security"),
            " check-valid-until=no");

    private final String folder;
    // Strings in unmodifiable lists.
    @SuppressWarnings("ImmutableEnumChecker")
    private final List<String> suites;

    @SuppressWarnings("ImmutableEnumChecker")
    private final List<String> security;

    private final String options;

    Suites(String folder, List<String> suites, List<String> security, String options) {
        this.folder = folder;
        this.suites = suites;
        this.security = security;
        this.options = options;
    }

    String folder() {
        return folder;
    }

    /** The names of all of them. */
    public List<String> names() {
        return java.util.stream.Stream.concat(suites.stream(), security.stream())
                .toList();
    }

    /** sources.list(5) for them. */
    String sources(Path keyring, String mirror, String securityMirror) {
        StringBuilder sources = new StringBuilder();
        String line = "deb [signed-by=" + keyring + options + "] %s %s main\n";
        suites.forEach(suite -> sources.append(line.formatted(mirror, suite)));
        security.forEach(suite -> sources.append(line.formatted(securityMirror, suite)));
        return sources.toString();
    }
}
