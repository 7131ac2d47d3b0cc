// SPDX-License-Identifier: Apache-2.0
package io.lamella.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.lamella.vm.guest.DebianKernel;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class KernelTableTest {
    private static final DebianKernel OLD = new DebianKernel(
            "6.12", "6.12.107", "linux-image-6.12.107-amd64", "6.12.107-1", List.of("trixie", "trixie-security"));
    private static final DebianKernel NEW =
            new DebianKernel("7.3", "7.3.4", "linux-image-7.3.4-amd64", "7.3.4-1", List.of("sid"));

    @Test
    void everyKernelHasRowAndTheSumIsTold() {
        String text = KernelTable.document(
                LocalDate.of(2026, 11, 22),
                "QEMU 11.1.3 with TCG",
                Map.of("sid", LocalDate.of(2026, 11, 6)),
                List.of(
                        new KernelTable.Row(OLD, "535.113.01", KernelTable.Verdict.OK, KernelTable.Verdict.OK, ""),
                        new KernelTable.Row(
                                NEW, "", KernelTable.Verdict.FAILED, KernelTable.Verdict.NOT_TRIED, "a | b\nc")));
        assertThat(text)
                .contains("Last run: 2026-11-22, QEMU 11.1.3 with TCG. Package lists of sid from 2026-11-06.")
                .contains("| 6.12 | 6.12.107 | trixie, trixie-security | 6.12.107-1 | 535.113.01 | ok | ok |  |\n")
                .contains("| 7.3 | 7.3.4 | sid | 7.3.4-1 | – | FAILED | – | a \\| b c |\n")
                .contains("2 kernels of 2 series, 1 of them good.\n");
        assertThat(text.lines().filter(line -> line.startsWith("|")))
                .allSatisfy(line -> assertThat(line.replace("\\|", "").chars().filter(letter -> letter == '|'))
                        .hasSize(9));
    }

    @Test
    void wordsOfGuestsStayInTheirCell() {
        assertThat(KernelTable.cell("<b>\u001b[1m\nx\\")).isEqualTo("&lt;b>?[1m x\\\\");
        assertThat(KernelTable.cell("y".repeat(1000))).hasSize(303).endsWith("...");
    }
}
