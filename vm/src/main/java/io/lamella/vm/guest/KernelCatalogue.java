// SPDX-License-Identifier: Apache-2.0
package io.lamella.vm.guest;

import io.lamella.vm.VmException;
import io.lamella.vm.archive.DebianArchive;
import io.lamella.vm.archive.Listing;
import io.lamella.vm.archive.PackageTree;
import io.lamella.vm.archive.PinnedPackage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;

/**
 * Which kernels Debian's suites offer, by series. The archive has to be one over {@link io.lamella.vm.archive.Suites#KERNELS}, or all there
 * is to see are the stable release's.
 */
public final class KernelCatalogue {
    private final DebianArchive archive;

    public KernelCatalogue(DebianArchive archive) {
        this.archive = archive;
    }

    /**
     * The newest kernel of each series in each suite, the oldest series first. A kernel that several suites list is there once.
     *
     * @param oldest the first series that counts, such as "6.12"
     * @throws io.lamella.vm.VmException when the package lists cannot be fetched
     */
    public List<DebianKernel> newest(String oldest) throws IOException {
        return newest(
                archive.list(
                        "linux-image-",
                        name -> KernelProvider.IMAGE.matcher(name).matches()),
                oldest);
    }

    /** Provides one of them; {@link #discard} gives its room back. */
    public Kernel provide(DebianKernel kernel) throws IOException {
        return KernelProvider.inTree(tree(kernel));
    }

    /** Removes what {@link #provide} unpacked. */
    public void discard(DebianKernel kernel) throws IOException {
        archive.discard(name(kernel), tree(kernel));
    }

    /** Its own packages in the version of its suite. What else they depend on is for an installed kernel; nothing here is installed. */
    private PackageTree tree(DebianKernel kernel) throws IOException {
        return archive.provide(
                name(kernel), apt -> pins(apt.listings(KernelProvider.packageNames(kernel.packageName())), kernel));
    }

    static List<PinnedPackage> pins(List<Listing> listings, DebianKernel kernel) throws VmException {
        return KernelProvider.pins(
                kernel.packageName(),
                listings.stream()
                        .filter(listing ->
                                listing.suite().equals(kernel.suites().getFirst()))
                        .toList());
    }

    private static String name(DebianKernel kernel) {
        return "kernel-"
                + kernel.packageName().substring("linux-image-".length()).replaceAll("[^A-Za-z0-9.-]", "-");
    }

    static List<DebianKernel> newest(List<Listing> listings, String oldest) {
        record Key(String series, String suite) {}
        Map<Key, Listing> best = new LinkedHashMap<>();
        for (Listing listing : listings) {
            Matcher matcher = KernelProvider.IMAGE.matcher(listing.name());
            if (matcher.matches() && compare(series(matcher.group(2)), oldest) >= 0) {
                best.merge(
                        new Key(series(matcher.group(2)), listing.suite()),
                        listing,
                        (one, other) -> compare(one.name(), other.name()) >= 0 ? one : other);
            }
        }
        Map<String, List<Listing>> byPackage = new TreeMap<>(KernelCatalogue::compare);
        best.values()
                .forEach(listing -> byPackage
                        .computeIfAbsent(listing.name(), ignored -> new ArrayList<>())
                        .add(listing));
        List<DebianKernel> kernels = new ArrayList<>();
        byPackage.forEach((name, found) -> {
            Matcher matcher = KernelProvider.IMAGE.matcher(name);
            if (matcher.matches()) {
                String version = matcher.group(2);
                kernels.add(new DebianKernel(
                        series(version),
                        version,
                        name,
                        found.getFirst().version(),
                        found.stream()
                                .map(Listing::suite)
                                .sorted(Comparator.comparingInt(String::length)
                                        .thenComparing(Comparator.naturalOrder()))
                                .distinct()
                                .toList()));
            }
        });
        return List.copyOf(kernels);
    }

    private static String series(String version) {
        return String.join(".", Arrays.asList(version.split("\\.", -1)).subList(0, 2));
    }

    /** By their numbers first. */
    private static int compare(String left, String right) {
        int byNumbers = KernelProvider.compareNumbers(KernelProvider.numbers(left), KernelProvider.numbers(right));
        return byNumbers != 0 ? byNumbers : left.compareTo(right);
    }
}
