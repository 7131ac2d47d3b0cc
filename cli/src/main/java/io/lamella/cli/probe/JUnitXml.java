// SPDX-License-Identifier: Apache-2.0
package io.lamella.cli.probe;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Outcomes as an XML report of the form that JUnit's Ant task began and that build servers read: test suites of test cases, each with a failure
 * or an error if it has one, and what was printed.
 */
public final class JUnitXml {
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss", Locale.ROOT).withZone(ZoneOffset.UTC);

    private JUnitXml() {}

    /**
     * Writes a report.
     *
     * @param outcomes in their order
     * @param begun when the first one was
     * @param host the host's name
     * @param properties of all of them, such as the release of what ran
     */
    public static String of(List<ProbeOutcome> outcomes, Instant begun, String host, Map<String, String> properties) {
        StringBuilder out = new StringBuilder(4096);
        String counts = " tests=\"" + outcomes.size() + "\" failures=\""
                + count(outcomes, ProbeOutcome.Verdict.FAILED) + "\" errors=\""
                + count(outcomes, ProbeOutcome.Verdict.ERROR) + "\" time=\""
                + seconds(outcomes.stream().mapToDouble(ProbeOutcome::seconds).sum()) + "\"";
        out.append("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"lamella probe\"")
                .append(counts)
                .append(">\n  <testsuite name=\"lamella.probe\"")
                .append(counts)
                .append(" skipped=\"0\" timestamp=\"")
                .append(TIME.format(begun))
                .append("\" hostname=\"")
                .append(attribute(host))
                .append("\">\n    <properties>\n");
        properties.forEach((name, value) -> out.append("      <property name=\"")
                .append(attribute(name))
                .append("\" value=\"")
                .append(attribute(value))
                .append("\"/>\n"));
        out.append("    </properties>\n");
        outcomes.forEach(outcome -> add(out, outcome));
        return out.append("  </testsuite>\n</testsuites>\n").toString();
    }

    private static void add(StringBuilder out, ProbeOutcome outcome) {
        ProbeCase probed = outcome.probed();
        out.append("    <testcase classname=\"lamella.probe.")
                .append(attribute(probed.driver()))
                .append("\" name=\"")
                .append(attribute(probed.name() + " (" + probed.gpu() + ") on Linux " + probed.kernel()))
                .append("\" time=\"")
                .append(seconds(outcome.seconds()))
                .append("\">\n");
        switch (outcome.verdict()) {
            case PASSED -> {}
            case FAILED -> trouble(out, "failure", "probe", outcome);
            case ERROR -> trouble(out, "error", "setup", outcome);
        }
        out.append("      <system-out>")
                .append(text(outcome.sentence() + "\n" + String.join("\n", outcome.log())))
                .append("\n</system-out>\n    </testcase>\n");
    }

    private static void trouble(StringBuilder out, String element, String type, ProbeOutcome outcome) {
        out.append("      <")
                .append(element)
                .append(" type=\"")
                .append(type)
                .append("\" message=\"")
                .append(attribute(outcome.sentence()))
                .append("\">")
                .append(text(String.join("\n", outcome.problems())))
                .append("</")
                .append(element)
                .append(">\n");
    }

    private static long count(List<ProbeOutcome> outcomes, ProbeOutcome.Verdict verdict) {
        return outcomes.stream().filter(outcome -> outcome.verdict() == verdict).count();
    }

    private static String seconds(double value) {
        return String.format(Locale.ROOT, "%.3f", value);
    }

    private static String attribute(String value) {
        return text(value).replace("\"", "&quot;").replace("\n", "&#10;");
    }

    /** Escapes, and leaves out what XML 1.0 has no way to say; a kernel's log may hold anything. */
    private static String text(String value) {
        StringBuilder out = new StringBuilder(value.length() + 16);
        value.codePoints().forEach(point -> {
            switch (point) {
                case '&' -> out.append("&amp;");
                case '<' -> out.append("&lt;");
                case '>' -> out.append("&gt;");
                case '\r' -> out.append("&#13;");
                default -> {
                    boolean allowed = point == '\t'
                            || point == '\n'
                            || (point >= 0x20 && point <= 0xd7ff)
                            || (point >= 0xe000 && point <= 0xfffd)
                            || point >= 0x10000;
                    out.appendCodePoint(allowed ? point : '?');
                }
            }
        });
        return out.toString();
    }
}
