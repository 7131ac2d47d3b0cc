// SPDX-License-Identifier: Apache-2.0
package io.lamella.bench;

import io.lamella.bench.Measure.Unit;
import io.lamella.bench.Measure.Yardstick;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;

/** What the wire benchmark prints. */
final class WireReport {
    private WireReport() {}

    static String head() {
        return "vfio-user on the wire, " + now() + "\n" + machine() + "\n"
                + "Floor: one recvmsg and one send per request. Copy: memcpy of the same memory.\nSame client, same run.\n";
    }

    static String table(WireBench.Layout layout) {
        StringBuilder text = new StringBuilder();
        text.append('\n')
                .append(layout.name())
                .append(" (client on ")
                .append(layout.clientCpu())
                .append(", server on ")
                .append(layout.serverCpu())
                .append(")\n");
        text.append(row("", "median", "p99", "", "yardstick", "ratio", "limit"));
        for (WireBench.Line line : layout.lines()) {
            text.append(row(line));
        }
        return text.toString();
    }

    static String foot(double seconds) {
        return String.format(Locale.ROOT, "%nMeasured in %.0f s.%n", seconds);
    }

    private static String row(WireBench.Line line) {
        Measure measure = line.measure();
        Figures figures = line.figures();
        double ratio = figures.ratio();
        return row(
                measure.name(),
                number(figures.device()),
                number(figures.spread()),
                measure.unit().symbol(),
                yardstick(measure, figures),
                Double.isNaN(ratio) ? "" : String.format(Locale.ROOT, "%.2f", ratio),
                limit(line));
    }

    private static String row(String... cells) {
        return row(23, cells);
    }

    /** A row of the table: name, median, p99, unit, yardstick, ratio, limit. */
    static String row(int nameWidth, String... cells) {
        return String.format(
                                Locale.ROOT,
                                "  %-" + nameWidth + "s %8s %8s %-4s %-11s %5s %s",
                                cells[0],
                                cells[1],
                                cells[2],
                                cells[3],
                                cells[4],
                                cells[5],
                                cells[6])
                        .stripTrailing()
                + "\n";
    }

    private static String yardstick(Measure measure, Figures figures) {
        return switch (measure.yardstick()) {
            case Yardstick.Floor ignored -> "floor " + number(figures.yardstick());
            case Yardstick.Copy ignored -> "copy " + number(figures.yardstick());
            case Yardstick.None ignored -> "";
        };
    }

    private static String limit(WireBench.Line line) {
        Measure measure = line.measure();
        if (!measure.hasLimit()) {
            return "";
        }
        String verdict = measure.isMet(line.figures()) ? "met" : "MISSED";
        if (measure.unit() == Unit.BYTES) {
            return "0 " + verdict;
        }
        String sign = measure.unit() == Unit.GIGABYTES ? "≥ " : "≤ ";
        return sign + measure.limit() + " " + verdict;
    }

    static String number(double value) {
        if (Double.isNaN(value)) {
            return "";
        }
        return String.format(Locale.ROOT, value >= 1000 ? "%.0f" : value >= 100 ? "%.1f" : "%.2f", value);
    }

    static String json(List<WireBench.Layout> layouts, double seconds) {
        StringBuilder text = new StringBuilder("{");
        text.append("\"benchmark\":\"wire\",\"machine\":").append(quote(machine()));
        text.append(",\"date\":").append(quote(now()));
        text.append(",\"seconds\":").append(String.format(Locale.ROOT, "%.1f", seconds));
        text.append(",\"layouts\":[");
        String layoutComma = "";
        for (WireBench.Layout layout : layouts) {
            text.append(layoutComma).append("\n {\"name\":").append(quote(layout.name()));
            text.append(",\"clientCpu\":").append(layout.clientCpu());
            text.append(",\"serverCpu\":").append(layout.serverCpu());
            text.append(",\"measures\":[");
            String comma = "";
            for (WireBench.Line line : layout.lines()) {
                text.append(comma).append("\n  ").append(json(line));
                comma = ",";
            }
            text.append("]}");
            layoutComma = ",";
        }
        return text.append("]}\n").toString();
    }

    private static String json(WireBench.Line line) {
        Measure measure = line.measure();
        Figures figures = line.figures();
        StringBuilder text = new StringBuilder("{\"name\":");
        text.append(quote(measure.name()));
        text.append(",\"unit\":").append(quote(measure.unit().symbol()));
        field(text, "median", figures.device());
        field(text, "p99", figures.spread());
        String against = switch (measure.yardstick()) {
            case Yardstick.Floor ignored -> "floor";
            case Yardstick.Copy ignored -> "copy";
            case Yardstick.None ignored -> "";
        };
        field(text, against, figures.yardstick());
        field(text, "ratio", figures.ratio());
        if (measure.hasLimit()) {
            field(text, "limit", measure.limit());
            text.append(",\"met\":").append(measure.isMet(figures));
        }
        return text.append('}').toString();
    }

    static void field(StringBuilder text, String name, double value) {
        if (!Double.isNaN(value)) {
            text.append(",\"").append(name).append("\":").append(String.format(Locale.ROOT, "%.3f", value));
        }
    }

    static String quote(String text) {
        return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }

    static String now() {
        return Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
    }

    static String machine() {
        String model = System.getProperty("os.arch");
        try {
            for (String line : Files.readAllLines(Path.of("/proc/cpuinfo"))) {
                if (line.startsWith("model name")) {
                    model = line.substring(line.indexOf(':') + 1).strip();
                    break;
                }
            }
        } catch (IOException e) {
            // The architecture has to do.
        }
        return model + ", " + Cpus.allowed().size() + " CPUs, Linux " + System.getProperty("os.version") + ", Java "
                + Runtime.version().feature();
    }
}
