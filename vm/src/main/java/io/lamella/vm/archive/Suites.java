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
    STABLE("apt", List.of(Apt.STABLE, Apt.BACKPORTS), List.of()),

    /** Everything that has a kernel today, unstable included: for looking at kernels, not for a set of packages that run together. */
    KERNELS(
            "apt-kernels",
            List.of(Apt.STABLE, Apt.STABLE + "-updates", Apt.BACKPORTS, "sid"),
            List.of(Apt.STABLE + "-security"));

    private final String folder;
    // Strings in unmodifiable lists.
    @SuppressWarnings("ImmutableEnumChecker")
    private final List<String> suites;

    @SuppressWarnings("ImmutableEnumChecker")
    private final List<String> security;

    Suites(String folder, List<String> suites, List<String> security) {
        this.folder = folder;
        this.suites = suites;
        this.security = security;
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
        suites.forEach(suite -> sources.append("deb [signed-by=%s] %s %s main\n".formatted(keyring, mirror, suite)));
        security.forEach(
                suite -> sources.append("deb [signed-by=%s] %s %s main\n".formatted(keyring, securityMirror, suite)));
        return sources.toString();
    }
}
