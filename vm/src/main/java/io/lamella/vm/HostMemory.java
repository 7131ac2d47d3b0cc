// SPDX-License-Identifier: Apache-2.0
package io.lamella.vm;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How much memory a guest can have on this host. Numbers are from proc_meminfo(5) and the memory controller of control groups
 * (Documentation/admin-guide/cgroup-v2.rst of Linux).
 *
 * @param totalBytes the host's memory and swap space
 * @param availableBytes what programs can still have without making the host swap
 * @param groupLimitBytes the limit of this process's control group; {@link Long#MAX_VALUE} when there is none
 */
public record HostMemory(long totalBytes, long availableBytes, long groupLimitBytes) {
    private static final Pattern SIZE =
            Pattern.compile("(\\d{1,12})(?:\\.(\\d))?\\s*(|[KMGT](?:i?B)?)", Pattern.CASE_INSENSITIVE);

    /** Reads this host's numbers. */
    public static HostMemory read() throws IOException {
        return read(Path.of("/"));
    }

    /** Reads a host's numbers below a root, for tests. */
    public static HostMemory read(Path root) throws IOException {
        long total = 0;
        long available = 0;
        for (String line : Files.readAllLines(root.resolve("proc/meminfo"))) {
            if (line.startsWith("MemTotal:") || line.startsWith("SwapTotal:")) {
                total += kibibytes(line);
            } else if (line.startsWith("MemAvailable:")) {
                available = kibibytes(line);
            }
        }
        return new HostMemory(total, available, groupLimit(root));
    }

    private static long kibibytes(String line) {
        Matcher number = Pattern.compile("(\\d{1,15}) kB").matcher(line);
        return number.find() ? Long.parseLong(number.group(1)) << 10 : 0;
    }

    private static long groupLimit(Path root) throws IOException {
        Path membership = root.resolve("proc/self/cgroup");
        if (!Files.isReadable(membership)) {
            return Long.MAX_VALUE;
        }
        long limit = Long.MAX_VALUE;
        for (String line : Files.readAllLines(membership)) {
            if (line.startsWith("0::/")) {
                // Each level's limit holds for all below it.
                Path home = root.resolve("sys/fs/cgroup");
                for (Path group = home.resolve(line.substring("0::/".length())).normalize();
                        group != null && group.startsWith(home);
                        group = group.getParent()) {
                    limit = Math.min(limit, limitOf(group.resolve("memory.max")));
                }
            }
        }
        return limit;
    }

    private static long limitOf(Path file) throws IOException {
        if (!Files.isReadable(file)) {
            return Long.MAX_VALUE;
        }
        String text = Files.readString(file).strip();
        return text.matches("\\d{1,18}") ? Long.parseLong(text) : Long.MAX_VALUE;
    }

    /**
     * Checks that a guest of this size can run here at all.
     *
     * @throws VmException naming the limit that it meets and what would do
     */
    public void check(long guestBytes) throws VmException {
        if (guestBytes > totalBytes) {
            throw new VmException("A guest of " + gibibytes(guestBytes) + " does not fit: this host has "
                    + gibibytes(totalBytes) + " of memory and swap space in all. Give --memory at most "
                    + advice(totalBytes) + ".");
        }
        if (guestBytes > groupLimitBytes) {
            throw new VmException(
                    "A guest of " + gibibytes(guestBytes) + " does not fit: this shell's control group may"
                            + " use " + gibibytes(groupLimitBytes) + " (memory.max). Give --memory at most "
                            + advice(groupLimitBytes) + ", or raise the limit.");
        }
    }

    /** Whether a guest of this size can use all of its memory without pushing others out. */
    public boolean hasRoomFor(long guestBytes) {
        return guestBytes <= availableBytes;
    }

    /** Whole GiB (or MiB) below 90 % of what there is: QEMU itself needs some. */
    private String advice(long limitBytes) {
        long usable = Math.min(limitBytes, Math.max(availableBytes, 256 << 20)) / 10 * 9;
        return usable >= 1L << 30 ? (usable >> 30) + "GiB" : Math.max(256, usable >> 20) + "MiB";
    }

    /** A size for people, such as "23.5 GiB". */
    public static String gibibytes(long bytes) {
        return bytes % (1L << 30) == 0
                ? (bytes >> 30) + " GiB"
                : String.format(Locale.ROOT, "%.1f GiB", bytes / (double) (1L << 30));
    }

    /**
     * Reads a size such as "4GiB", "4G", "1.5GiB" or "2048MiB"; a bare number is MiB, as for QEMU. All units are powers of 1024.
     *
     * @throws VmException when it is no size
     */
    public static long parseSize(String text) throws VmException {
        Matcher size = SIZE.matcher(text.strip());
        if (!size.matches()) {
            throw new VmException("'" + text + "' is no amount of memory. Give one such as 4GiB or 2048MiB.");
        }
        String unit = size.group(3).toUpperCase(Locale.ROOT);
        int shift = unit.isEmpty() ? 20 : 10 * ("KMGT".indexOf(unit.charAt(0)) + 1);
        long whole = Long.parseLong(size.group(1));
        if (whole >= 1L << (62 - shift)) {
            throw new VmException("'" + text + "' is more memory than any machine has.");
        }
        long tenths = size.group(2) == null ? 0 : Long.parseLong(size.group(2));
        return (whole << shift) + tenths * (1L << shift) / 10;
    }
}
