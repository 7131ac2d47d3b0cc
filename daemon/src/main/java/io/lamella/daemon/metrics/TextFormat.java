// SPDX-License-Identifier: Apache-2.0
package io.lamella.daemon.metrics;

import java.util.List;

/**
 * The two text formats that Prometheus reads: its own (version 0.0.4) and OpenMetrics 1.0. Written here rather than by a library, because its
 * jars are no modules and would be the only ones in the product; a test compares the two.
 */
final class TextFormat {
    static final String PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8";
    static final String OPEN_METRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8";

    private final StringBuilder out = new StringBuilder();
    private final boolean openMetrics;

    TextFormat(boolean openMetrics) {
        this.openMetrics = openMetrics;
    }

    static String write(Samples samples, boolean openMetrics) {
        TextFormat text = new TextFormat(openMetrics);
        samples.byMetric().forEach((metric, values) -> {
            text.family(metric.metricName(), metric.type() == Metric.Type.COUNTER, metric.help());
            for (Samples.Sample sample : values) {
                text.sample(metric.metricName(), metric.labels(), sample.labels(), sample.value());
            }
        });
        return text.end();
    }

    /** Begins a family. */
    void family(String name, boolean counter, String help) {
        // A counter's family goes without the ending in OpenMetrics, and with it in the older format.
        String family = openMetrics && counter && name.endsWith("_total") ? name.substring(0, name.length() - 6) : name;
        if (openMetrics) {
            type(family, counter);
            help(family, help);
        } else {
            help(family, help);
            type(family, counter);
        }
    }

    private void type(String family, boolean counter) {
        out.append("# TYPE ").append(family).append(counter ? " counter\n" : " gauge\n");
    }

    private void help(String family, String help) {
        out.append("# HELP ")
                .append(family)
                .append(' ')
                .append(escape(help, openMetrics))
                .append('\n');
    }

    void sample(String name, List<String> labels, List<String> values, double value) {
        out.append(name);
        for (int i = 0; i < labels.size(); i++) {
            out.append(i == 0 ? '{' : ',')
                    .append(labels.get(i))
                    .append("=\"")
                    .append(escape(values.get(i), true))
                    .append('"');
        }
        if (!labels.isEmpty()) {
            out.append('}');
        }
        out.append(' ').append(number(value)).append('\n');
    }

    private static String number(double value) {
        if (value == Math.rint(value) && Math.abs(value) < 1e15) {
            return openNumber((long) value);
        }
        return Double.toString(value);
    }

    private static String openNumber(long value) {
        return value + ".0";
    }

    private static String escape(String text, boolean quotes) {
        String plain = text.replace("\\", "\\\\").replace("\n", "\\n");
        return quotes ? plain.replace("\"", "\\\"") : plain;
    }

    String end() {
        if (openMetrics) {
            out.append("# EOF\n");
        }
        return out.toString();
    }
}
