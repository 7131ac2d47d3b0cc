// SPDX-License-Identifier: Apache-2.0
package io.lamella.host.node;

import java.util.Collection;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.databind.exc.MismatchedInputException;

/** What a JSON or YAML reader complains about, in words. */
final class JsonFaults {
    private static final int MOST_SHOWN = 300;

    /** Where a value's own class says what is wrong with it. */
    private static final Pattern OWN_WORDS = Pattern.compile("problem: (.+)$");

    private static final Pattern CHOICE = Pattern.compile("Enum class: \\[([^]]*)]");

    private JsonFaults() {}

    /** {@code line 3, column 7: }, or empty. */
    static String where(JacksonException e) {
        TokenStreamLocation at = e.getLocation();
        return at == null || at.getLineNr() < 1 ? "" : "line " + at.getLineNr() + ", column " + at.getColumnNr() + ": ";
    }

    /** What is wrong, as a bounded sentence without the names of anything in here. */
    static String sentence(JacksonException e) {
        // A YAML reader says first what it was doing, then, indented, where, and then what is wrong.
        String text = String.valueOf(e.getOriginalMessage())
                .lines()
                .filter(line -> !line.isBlank() && line.charAt(0) != ' ' && !line.startsWith("while "))
                .findFirst()
                .orElse("it cannot be read");
        Matcher own = OWN_WORDS.matcher(text);
        Matcher choice = CHOICE.matcher(text);
        if (own.find()) {
            text = own.group(1);
        } else if (choice.find()) {
            text = "one of " + choice.group(1) + " is needed.";
        } else if (e instanceof MismatchedInputException mismatch) {
            text = wanted(mismatch.getTargetType()) + " is needed.";
        }
        String bounded = text.length() > MOST_SHOWN ? text.substring(0, MOST_SHOWN) + "..." : text;
        return bounded.endsWith(".") ? bounded : bounded + ".";
    }

    private static String wanted(@Nullable Class<?> type) {
        if (type == null) {
            return "something else";
        }
        if (type == String.class) {
            return "a text";
        }
        if (type == Boolean.class || type == boolean.class) {
            return "true or false";
        }
        if (type.isPrimitive() || Number.class.isAssignableFrom(type)) {
            return "a number";
        }
        return Collection.class.isAssignableFrom(type) ? "a list" : "an object with keys";
    }
}
