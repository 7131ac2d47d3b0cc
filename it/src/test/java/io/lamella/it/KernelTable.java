// SPDX-License-Identifier: Apache-2.0
package io.lamella.it;

import io.lamella.vm.guest.DebianKernel;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The table of docs/kernels.md: which of Debian's kernels drive a vGPU, as seen in a run. */
final class KernelTable {
    /**
     * One kernel's row.
     *
     * @param kernel the kernel
     * @param firmware the GSP's release that its driver spoke; empty if it did not get that far
     * @param probe how the driver came up
     * @param check how the guest check went
     * @param remarks what there is to add, such as the reason of a failure; may be empty
     */
    record Row(DebianKernel kernel, String firmware, Verdict probe, Verdict check, String remarks) {
        boolean isGood() {
            return probe == Verdict.OK && check == Verdict.OK;
        }

        boolean isBad() {
            return probe == Verdict.FAILED || check == Verdict.FAILED;
        }
    }

    /** How a step went. */
    enum Verdict {
        OK("ok"),
        FAILED("FAILED"),
        NOT_TRIED("–");

        private final String text;

        Verdict(String text) {
            this.text = text;
        }
    }

    private static final Comparator<String> BY_VERSION =
            Comparator.comparing(KernelTable::version, Arrays::compare).thenComparing(Comparator.naturalOrder());

    private KernelTable() {}

    /** A row as it is in the file. */
    static String line(LocalDate date, Row row) {
        return "| "
                + String.join(
                        " | ",
                        row.kernel.series(),
                        row.kernel.version(),
                        String.join(", ", row.kernel.suites()),
                        row.kernel.packageVersion(),
                        row.firmware.isEmpty() ? "–" : row.firmware,
                        row.probe.text,
                        row.check.text,
                        date.toString(),
                        cell(row.remarks))
                + " |";
    }

    /** The rows of a file, but for those of some series, which are being written anew. */
    static List<String> rowsWithout(String document, Set<String> series) {
        return document.lines()
                .filter(line -> line.startsWith("| ") && Character.isDigit(line.charAt(2)))
                .filter(line -> !series.contains(line.split(" \\| ", -1)[0].substring(2)))
                .toList();
    }

    /**
     * The whole file.
     *
     * @param host what the last run was made with
     * @param lists from which day each suite's package list was
     */
    static String document(String host, Map<String, LocalDate> lists, List<String> rows) {
        List<String> sorted = rows.stream().sorted(BY_VERSION).toList();
        return """
                # Kernels

                Written by `./lamella test --matrix`; change `KernelMatrixVmTest` or `KernelTable`, not this file.

                Debian's own kernels from 6.12 on, unmodified: the newest of each series in each of the suites trixie, trixie-updates,
                trixie-security, trixie-backports and sid. For each, a VM with one vGPU (%s) is started; *probe* is nouveau loading, without
                one line of complaint, unloading and loading again; *guest check* is a program in the guest that copies through every path
                and compares every byte. *Firmware* is the release of the GSP's interface that the driver spoke; 570.144 and 535.113.01 were
                there to choose from. Kernels are unpacked, not installed, so they are tried even where a part that an installation needs
                is no longer listed.

                Last run with %s. Package lists: %s.

                | series | version | suites | package version | firmware | probe | guest check | date | remarks |
                |---|---|---|---|---|---|---|---|---|
                %s

                %d kernels of %d series, %d of them good.

                ## Repeating it

                    ./lamella test --matrix

                It downloads each kernel (about 100 MB), boots it, and removes it again, one at a time; a kernel takes about a minute. Package
                lists and packages come from the machine's own Debian mirror if it has one, else from deb.debian.org, with signatures
                checked. A kernel that cannot be fetched gets a row that says so. The run fails if a kernel does; the table is written
                in any case. `-Dlamella.matrix.series=7.2,7.3` runs some of them and leaves the other rows as they are. It is no part of
                CI, which boots 6.12 and the newest backport.
                """.formatted(
                "L40-8Q",
                host,
                lists.entrySet().stream()
                        .map(list -> list.getKey() + " of " + list.getValue())
                        .collect(Collectors.joining(", ")),
                String.join("\n", sorted),
                sorted.size(),
                sorted.stream().map(row -> row.split(" \\| ", -1)[0]).distinct().count(),
                sorted.stream().filter(row -> row.contains(" | ok | ok | ")).count());
    }

    private static int[] version(String row) {
        return Pattern.compile("[^0-9]+")
                .splitAsStream(row.split(" \\| ", -1)[1])
                .filter(digits -> !digits.isEmpty() && digits.length() < 9)
                .mapToInt(Integer::parseInt)
                .toArray();
    }

    /** A guest's or a mirror's words, in one cell of a table. */
    static String cell(String text) {
        String plain = text.strip().replaceAll("\\s+", " ").replaceAll("[^\\x20-\\x7e–]", "?");
        String cut = plain.length() > 300 ? plain.substring(0, 300) + "..." : plain;
        return cut.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;");
    }
}
