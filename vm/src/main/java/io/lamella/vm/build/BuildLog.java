// SPDX-License-Identifier: Apache-2.0
package io.lamella.vm.build;

import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads how far a kernel's build is from what it printed. */
final class BuildLog {
    private static final Pattern STEP = Pattern.compile("^  ([A-Z][A-Z0-9_]{1,11}(?: [A-Z]{1,3})?) +(\\S.*)$");
    private static final Pattern STAGE = Pattern.compile("^LAMELLA: (\\w{1,16})(?: (.*))?$");
    private static final Pattern ERROR = Pattern.compile(
            "(^|: )(fatal )?error[:\\[]|^LAMELLA: refused|^\\*\\*\\*|No space left|: not found|Error \\d+$");

    private BuildLog() {}

    /**
     * How far it is.
     *
     * @param stage what it does, for people
     * @param steps steps of the compilation so far
     */
    record State(String stage, int steps) {}

    /**
     * Reads a log, or as much as there is of it.
     *
     * @param expectedSteps how many steps a whole build takes, roughly
     */
    static State state(List<String> lines, int expectedSteps) {
        String stage = "start";
        String last = "";
        int steps = 0;
        for (String line : lines) {
            Matcher marker = STAGE.matcher(line);
            Matcher step = STEP.matcher(line);
            if (marker.matches()) {
                stage = marker.group(1);
            } else if (step.matches() && stage.equals("compile")) {
                steps++;
                last = step.group(2);
            }
        }
        String text = stage.equals("compile")
                ? String.format(Locale.ROOT, "compile kernel: step %d of about %d (%s)", steps, expectedSteps, last)
                : stage + " kernel";
        return new State(text, steps);
    }

    /** The lines that say why it failed: the errors, or else the last ones. */
    static List<String> reason(List<String> lines) {
        List<String> errors = lines.stream()
                .filter(line -> ERROR.matcher(line).find())
                .limit(5)
                .toList();
        return errors.isEmpty() ? lines.subList(Math.max(0, lines.size() - 5), lines.size()) : errors;
    }
}
