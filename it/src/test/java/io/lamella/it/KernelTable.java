// SPDX-License-Identifier: Apache-2.0
package io.lamella.it;

import io.lamella.vm.guest.DebianKernel;
import java.time.LocalDate;
import java.util.List;
import java.util.Locale;
import java.util.Map;
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

    private KernelTable() {}

    /** The whole file. */
    static String document(LocalDate date, String host, Map<String, LocalDate> lists, List<Row> rows) {
        StringBuilder text = new StringBuilder("""
                # Kernels

                Written by `./lamella test --matrix`; change `KernelMatrixVmTest` or `KernelTable`, not this file.

                Debian's own kernels from 6.12 on, unmodified: the newest of each series in each of the suites trixie, trixie-updates,
                trixie-security, trixie-backports and sid. For each, a VM with one vGPU (%s) is started; *probe* is nouveau loading, without
                one line of complaint, unloading and loading again; *guest check* is a program in the guest that copies through every path
                and compares every byte. *Firmware* is the release of the GSP's interface that the driver spoke; 570.144 and 535.113.01 were
                there to choose from.

                Last run: %s, %s. Package lists of %s.

                | series | version | suites | package version | firmware | probe | guest check | remarks |
                |---|---|---|---|---|---|---|---|
                """.formatted(
                        "L40-8Q",
                        date,
                        host,
                        lists.entrySet().stream()
                                .map(list -> list.getKey() + " from " + list.getValue())
                                .collect(Collectors.joining(", "))));
        for (Row row : rows) {
            text.append(String.format(
                    Locale.ROOT,
                    "| %s | %s | %s | %s | %s | %s | %s | %s |%n",
                    row.kernel.series(),
                    row.kernel.version(),
                    String.join(", ", row.kernel.suites()),
                    row.kernel.packageVersion(),
                    row.firmware.isEmpty() ? "–" : row.firmware,
                    row.probe.text,
                    row.check.text,
                    cell(row.remarks)));
        }
        text.append(String.format(
                Locale.ROOT,
                "%n%d kernels of %d series, %d of them good.%n",
                rows.size(),
                rows.stream().map(row -> row.kernel.series()).distinct().count(),
                rows.stream().filter(Row::isGood).count()));
        text.append("""

                ## Repeating it

                    ./lamella test --matrix

                It downloads each kernel (about 100 MB), boots it, and removes it again, one at a time; a kernel takes about a minute. Package
                lists and packages come from the machine's own Debian mirror if it has one, else from deb.debian.org, with signatures
                checked. A kernel that cannot be fetched gets a row that says so. The run fails if any row is not good, after the table is
                written. `-Dlamella.matrix.series=7.2,7.3` runs some of them and leaves this file alone. It is no part of CI, which boots
                6.12 and the newest backport.
                """);
        return text.toString();
    }

    /** A guest's or a mirror's words, in one cell of a table. */
    static String cell(String text) {
        String plain = text.strip().replaceAll("\\s+", " ").replaceAll("[^\\x20-\\x7e–]", "?");
        String cut = plain.length() > 300 ? plain.substring(0, 300) + "..." : plain;
        return cut.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;");
    }
}
