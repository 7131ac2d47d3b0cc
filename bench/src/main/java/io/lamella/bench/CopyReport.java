// SPDX-License-Identifier: Apache-2.0
package io.lamella.bench;

import java.util.List;
import java.util.Locale;

/** What the copy benchmark prints. */
final class CopyReport {
    private CopyReport() {}

    static String text(List<CopyBench.Line> lines, double seconds) {
        StringBuilder text = new StringBuilder();
        text.append("Copy engine, ").append(WireReport.now()).append('\n');
        text.append(WireReport.machine()).append('\n');
        text.append("64 MiB by one channel: push buffer, doorbell, page tables, semaphore; timed by\n")
                .append("the GPU's timer. Beside it a plain copy (or fill) of the same memory by one thread of the\n")
                .append(
                        "same Java machine, in the same round; \"pages\": a plain copy of each 4 KiB page, in the same order.\n\n");
        text.append(row("", "median", "p99", "", "yardstick", "ratio", "limit"));
        for (CopyBench.Line line : lines) {
            Figures figures = line.figures();
            double ratio = figures.ratio();
            text.append(row(
                    line.name(),
                    WireReport.number(figures.device()),
                    WireReport.number(figures.spread()),
                    line.unit(),
                    line.against().isEmpty() ? "" : line.against() + " " + WireReport.number(figures.yardstick()),
                    Double.isNaN(ratio) ? "" : String.format(Locale.ROOT, "%.2f", ratio),
                    limit(line)));
        }
        return text.append(String.format(Locale.ROOT, "%nMeasured in %.0f s.%n", seconds))
                .toString();
    }

    private static String limit(CopyBench.Line line) {
        if (!line.hasLimit()) {
            return "";
        }
        String verdict = line.isMet() ? " met" : " MISSED";
        return (line.unit().equals("B") ? "0" : "≥ " + line.limit()) + verdict;
    }

    private static String row(String... cells) {
        return WireReport.row(30, cells);
    }

    static String json(List<CopyBench.Line> lines, double seconds) {
        StringBuilder text = new StringBuilder("{\"benchmark\":\"copy\",\"machine\":");
        text.append(WireReport.quote(WireReport.machine()));
        text.append(",\"date\":").append(WireReport.quote(WireReport.now()));
        text.append(",\"seconds\":").append(String.format(Locale.ROOT, "%.1f", seconds));
        text.append(",\"measures\":[");
        String comma = "";
        for (CopyBench.Line line : lines) {
            text.append(comma).append("\n  {\"name\":").append(WireReport.quote(line.name()));
            text.append(",\"unit\":").append(WireReport.quote(line.unit()));
            WireReport.field(text, "median", line.figures().device());
            WireReport.field(text, "p99", line.figures().spread());
            WireReport.field(text, line.against(), line.figures().yardstick());
            WireReport.field(text, "ratio", line.figures().ratio());
            if (line.hasLimit()) {
                WireReport.field(text, "limit", line.limit());
                text.append(",\"met\":").append(line.isMet());
            }
            text.append('}');
            comma = ",";
        }
        return text.append("]}\n").toString();
    }
}
