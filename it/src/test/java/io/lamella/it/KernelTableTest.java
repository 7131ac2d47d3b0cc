// SPDX-License-Identifier: Apache-2.0
package io.lamella.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.lamella.vm.guest.DebianKernel;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class KernelTableTest {
    private static final DebianKernel OLD = new DebianKernel(
            "6.12", "6.12.107", "linux-image-6.12.107-amd64", "6.12.107-1", List.of("trixie", "trixie-security"));
    private static final DebianKernel NEW =
            new DebianKernel("7.3", "7.3.4", "linux-image-7.3.4-amd64", "7.3.4-1", List.of("sid"));

    private static final LocalDate DAY = LocalDate.of(2026, 11, 22);
    private static final String GOOD = KernelTable.line(
            DAY, new KernelTable.Row(OLD, "535.113.01", KernelTable.Verdict.OK, KernelTable.Verdict.OK, ""));
    private static final String BAD = KernelTable.line(
            DAY, new KernelTable.Row(NEW, "", KernelTable.Verdict.FAILED, KernelTable.Verdict.NOT_TRIED, "a | b\nc"));

    @Test
    void everyKernelHasRowAndTheSumIsTold() {
        assertThat(GOOD)
                .isEqualTo("| 6.12 | 6.12.107 | trixie, trixie-security | 6.12.107-1 | 535.113.01 | ok | ok |"
                        + " 2026-11-22 |  |");
        assertThat(BAD).isEqualTo("| 7.3 | 7.3.4 | sid | 7.3.4-1 | – | FAILED | – | 2026-11-22 | a \\| b c |");
        String text = KernelTable.document("QEMU 11.1.3", Map.of("sid", LocalDate.of(2026, 11, 6)), List.of(BAD, GOOD));
        assertThat(text)
                .contains("Last run with QEMU 11.1.3. Package lists: sid of 2026-11-06.")
                .contains(GOOD + "\n" + BAD + "\n")
                .contains("2 kernels of 2 series, 1 of them good.\n");
    }

    @Test
    void rowsOfOtherSeriesStay() {
        String text = KernelTable.document("x", Map.of(), List.of(BAD, GOOD));
        assertThat(KernelTable.rowsWithout(text, Set.of("7.3"))).containsExactly(GOOD);
        assertThat(KernelTable.rowsWithout(text, Set.of())).containsExactly(GOOD, BAD);
        assertThat(KernelTable.rowsWithout("", Set.of())).isEmpty();
    }

    @Test
    void wordsOfGuestsStayInTheirCell() {
        assertThat(KernelTable.cell("<b>\u001b[1m\nx\\")).isEqualTo("&lt;b>?[1m x\\\\");
        assertThat(KernelTable.cell("y".repeat(1000))).hasSize(303).endsWith("...");
    }
}
