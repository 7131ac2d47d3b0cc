// SPDX-License-Identifier: Apache-2.0
package io.lamella.vm.guest;

import io.lamella.vm.VmException;
import io.lamella.vm.archive.Apt;
import io.lamella.vm.archive.DebianArchive;
import io.lamella.vm.archive.Listing;
import io.lamella.vm.archive.PackageTree;
import io.lamella.vm.archive.PinnedPackage;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Kernels by version: the newest that the archive lists today, or files that the user has. */
public final class KernelProvider {
    /** The kernel of Debian's stable release. */
    public static final String STABLE = "6.12";

    /** The newest kernel of the backports. */
    public static final String NEWEST = "7.x";

    static final Pattern IMAGE = Pattern.compile("linux-image-((\\d+(?:\\.\\d+)+)(?:-\\d+)?(?:\\+[a-z0-9.~]+)?-amd64)");

    private final DebianArchive archive;

    public KernelProvider(DebianArchive archive) {
        this.archive = archive;
    }

    /**
     * Provides a kernel.
     *
     * @param version such as "6.12" (its newest update), "7.2", or "7.x" (the newest 7)
     * @throws VmException when the archive has none, with the versions that it has
     */
    public Kernel provide(String version) throws IOException {
        if (!version.matches("\\d{1,2}\\.(x|\\d{1,3}(\\.\\d{1,4})?)")) {
            throw new VmException("'" + version + "' is not a kernel version. Give one such as 6.12, 7.2 or 7.x.");
        }
        PackageTree tree = archive.provide("linux-" + version, apt -> choose(apt, version));
        return inTree(tree);
    }

    /**
     * Uses a kernel that is already there.
     *
     * @param image the bzImage
     * @param modules its module folder, the one that holds {@code kernel/}, or a root that has it below {@code lib/modules}, as
     *     {@code make modules_install} with {@code INSTALL_MOD_PATH} makes it; empty if the drivers are built in
     * @throws VmException when a file is missing, or is no kernel, or the modules are another kernel's
     */
    public static Kernel ofFiles(Path image, Optional<Path> modules) throws IOException {
        if (!Files.isRegularFile(image) || !Files.isReadable(image)) {
            throw new VmException("The kernel " + image + " is not there or cannot be read.");
        }
        String release = KernelImage.release(image);
        String key = "files-" + Integer.toHexString(image.toRealPath().hashCode()) + "-"
                + Files.getLastModifiedTime(image).toMillis();
        if (modules.isEmpty()) {
            return new Kernel(release, image.toAbsolutePath(), modules, key);
        }
        if (!Files.isDirectory(modules.get())) {
            throw new VmException(
                    "The module folder " + modules.get() + " is not there. Give the kernel's lib/modules/RELEASE.");
        }
        Path real = moduleFolder(modules.get().toRealPath(), release);
        // What modules_install made has a folder above with the same name; a build tree has any name.
        String folder = real.getFileName().toString();
        if (real.getParent() != null && real.getParent().endsWith("lib/modules") && !folder.equals(release)) {
            throw new VmException("The modules in " + real + " are those of " + folder + ", and the kernel " + image
                    + " is " + release + ".");
        }
        return new Kernel(
                release,
                image.toAbsolutePath(),
                Optional.of(real),
                key + "-" + Integer.toHexString(real.hashCode()) + "-"
                        + Files.getLastModifiedTime(real).toMillis());
    }

    /** The folder itself, or the one of this release below it. */
    private static Path moduleFolder(Path given, String release) throws IOException {
        for (Path tree : List.of(given.resolve("usr/lib/modules"), given.resolve("lib/modules"), given)) {
            if (Files.isDirectory(tree.resolve(release))) {
                return tree.resolve(release).toRealPath();
            }
        }
        Path others = given.endsWith("lib/modules") ? given : given.resolve("lib/modules");
        if (Files.isDirectory(others)) {
            try (Stream<Path> all = Files.list(others)) {
                throw new VmException("The folder " + others + " has no modules for " + release + "; it has "
                        + all.map(each -> each.getFileName().toString())
                                .sorted()
                                .collect(Collectors.joining(", "))
                        + ".");
            }
        }
        return given;
    }

    private static List<PinnedPackage> choose(Apt apt, String version) throws IOException {
        List<String> names = apt.names("linux-image-");
        String image = newest(names, version)
                .orElseThrow(() -> new VmException("The Debian archive has no kernel " + version + " today. It has: "
                        + String.join(", ", versions(names)) + "."));
        return pins(image, apt.listings(packageNames(image)));
    }

    /**
     * Each package in its newest version, which is listed first. Not by apt's solver: it refuses older kernels of the backports, of which a part
     * that only an installed kernel needs is gone from the lists.
     *
     * @throws VmException when a part without which no kernel boots is gone as well
     */
    static List<PinnedPackage> pins(String image, List<Listing> listings) throws VmException {
        Map<String, PinnedPackage> pins = new LinkedHashMap<>();
        listings.forEach(
                listing -> pins.putIfAbsent(listing.name(), new PinnedPackage(listing.name(), listing.version())));
        List<String> names = packageNames(image);
        boolean inParts = pins.containsKey(names.get(1)) || pins.containsKey(names.get(2));
        for (String part : inParts ? names.subList(1, 3) : names.subList(0, 1)) {
            if (!pins.containsKey(part)) {
                throw new VmException("Debian lists " + image + " but no longer " + part
                        + ", so this kernel cannot be had there today.");
            }
        }
        return List.copyOf(pins.values());
    }

    /** The packages that a kernel may be in: up to 7.2 only the first exists, from 7.3 on all. */
    static List<String> packageNames(String image) {
        String flavour = image.substring("linux-image-".length());
        return List.of(image, "linux-binary-" + flavour, "linux-modules-" + flavour, "linux-base-" + flavour);
    }

    /** The package with the highest version among those that fit; debug, cloud and real-time variants never do. */
    static Optional<String> newest(List<String> packageNames, String version) {
        String prefix = version.endsWith(".x") ? version.substring(0, version.length() - 1) : version + ".";
        return packageNames.stream()
                .filter(name -> {
                    Matcher matcher = IMAGE.matcher(name);
                    return matcher.matches() && (matcher.group(2) + ".").startsWith(prefix);
                })
                .max(Comparator.comparing(KernelProvider::numbers, KernelProvider::compareNumbers)
                        .thenComparing(Comparator.naturalOrder()));
    }

    private static List<String> versions(List<String> packageNames) {
        return packageNames.stream()
                .map(IMAGE::matcher)
                .filter(Matcher::matches)
                .map(matcher -> matcher.group(2))
                .distinct()
                .toList();
    }

    static List<Integer> numbers(String packageName) {
        List<Integer> numbers = new ArrayList<>();
        Matcher digits = Pattern.compile("\\d{1,6}").matcher(packageName);
        while (digits.find()) {
            numbers.add(Integer.parseInt(digits.group()));
        }
        return numbers;
    }

    static int compareNumbers(List<Integer> left, List<Integer> right) {
        for (int i = 0; i < Math.min(left.size(), right.size()); i++) {
            int order = Integer.compare(left.get(i), right.get(i));
            if (order != 0) {
                return order;
            }
        }
        return Integer.compare(left.size(), right.size());
    }

    /** Finds the kernel in unpacked packages, in either shape. */
    static Kernel inTree(PackageTree tree) throws IOException {
        for (String modulesHome : List.of("usr/lib/modules", "lib/modules")) {
            Path home = tree.path(modulesHome);
            if (!Files.isDirectory(home)) {
                continue;
            }
            try (DirectoryStream<Path> releases = Files.newDirectoryStream(home)) {
                for (Path modules : releases) {
                    String release = modules.getFileName().toString();
                    for (Path image : List.of(modules.resolve("vmlinuz"), tree.path("boot/vmlinuz-" + release))) {
                        if (Files.isRegularFile(image)) {
                            return new Kernel(release, image, Optional.of(modules), tree.key());
                        }
                    }
                }
            }
        }
        throw new VmException("The kernel packages in " + tree.root()
                + " hold no kernel where Debian puts it. Delete that folder to fetch them again.");
    }
}
