// SPDX-License-Identifier: Apache-2.0
package io.lamella.it;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Output as a document shows it, compared with what came.
 *
 * <p>A line {@code ...} stands for any lines, {@code ...} within a line for any text. What differs from run to run needs no such marks: a
 * UUID stands for any UUID, eight hexadecimal digits for any eight, a time of day for any, numbers of nine digits and more for any, a number
 * before {@code %}, or before {@code s} with a point in it, for any. Several blanks stand for one or more.
 */
final class ExpectedOutput {
    private static final Pattern VARYING = Pattern.compile("(?<uuid>\\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\\b)"
            + "|(?<hex>\\b[0-9a-f]{8}\\b)"
            + "|(?<date>\\b[A-Z][a-z]{2} [A-Z][a-z]{2} \\d{1,2} \\d\\d:\\d\\d:\\d\\d \\d{4}\\b)"
            + "|(?<time>\\b\\d\\d:\\d\\d:\\d\\d\\b)"
            + "|(?<large>\\b\\d{9,}\\b)"
            + "|(?<percent> *\\b\\d{1,3}(?= ?%))"
            + "|(?<seconds> *\\b\\d+\\.\\d(?= s\\b))"
            + "|(?<any>\\.\\.\\.)"
            + "|(?<blanks> {2,})");

    private ExpectedOutput() {}

    /**
     * The difference, a line each, or nothing if there is none: lines that are alike, expected ones with {@code -}, those that came with
     * {@code +}.
     */
    static List<String> difference(List<String> expected, List<String> came) {
        List<Pattern> patterns = expected.stream().map(ExpectedOutput::pattern).toList();
        int rows = expected.size();
        int columns = came.size();
        // reached[i][j]: the first i expected lines can stand for the first j that came.
        boolean[][] reached = new boolean[rows + 1][columns + 1];
        reached[0][0] = true;
        for (int i = 0; i < rows; i++) {
            boolean anyLines = isAnyLines(expected.get(i));
            for (int j = 0; j <= columns; j++) {
                if (!reached[i][j]) {
                    continue;
                }
                if (anyLines) {
                    for (int to = j; to <= columns; to++) {
                        reached[i + 1][to] = true;
                    }
                } else if (j < columns
                        && patterns.get(i).matcher(came.get(j).stripTrailing()).matches()) {
                    reached[i + 1][j + 1] = true;
                }
            }
        }
        if (reached[rows][columns]) {
            return List.of();
        }
        return told(expected, came, reached);
    }

    private static List<String> told(List<String> expected, List<String> came, boolean[][] reached) {
        int best = 0;
        for (int i = 0; i < reached.length; i++) {
            for (boolean each : reached[i]) {
                best = each ? i : best;
            }
        }
        int cameUpTo = 0;
        for (int j = 0; j < reached[best].length; j++) {
            // The fewest lines: what any lines could have taken is still to be seen.
            if (reached[best][j]) {
                cameUpTo = j;
                break;
            }
        }
        List<String> lines = new ArrayList<>();
        came.subList(0, cameUpTo).forEach(line -> lines.add("  " + line));
        expected.subList(best, expected.size()).forEach(line -> lines.add("- " + line));
        came.subList(cameUpTo, came.size()).forEach(line -> lines.add("+ " + line));
        return lines;
    }

    private static boolean isAnyLines(String line) {
        return line.strip().equals("...");
    }

    static Pattern pattern(String line) {
        String text = line.stripTrailing();
        StringBuilder regex = new StringBuilder();
        Matcher varying = VARYING.matcher(text);
        int from = 0;
        while (varying.find()) {
            regex.append(Pattern.quote(text.substring(from, varying.start()))).append(replacement(varying));
            from = varying.end();
        }
        return Pattern.compile(regex.append(Pattern.quote(text.substring(from))).toString());
    }

    private static String replacement(Matcher varying) {
        if (varying.group("uuid") != null) {
            return "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}";
        }
        if (varying.group("hex") != null) {
            return "[0-9a-f]{8}";
        }
        if (varying.group("date") != null) {
            return "[A-Z][a-z]{2} [A-Z][a-z]{2} \\d{1,2} \\d\\d:\\d\\d:\\d\\d \\d{4}";
        }
        if (varying.group("time") != null) {
            return "\\d\\d:\\d\\d:\\d\\d";
        }
        if (varying.group("large") != null) {
            return " *\\d+";
        }
        if (varying.group("percent") != null) {
            return " *\\d{1,3}";
        }
        if (varying.group("seconds") != null) {
            return " *\\d+\\.\\d";
        }
        return varying.group("any") != null ? ".*" : " +";
    }
}
