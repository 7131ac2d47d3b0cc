// SPDX-License-Identifier: Apache-2.0
package io.lamella.host.node;

import tools.jackson.core.JacksonException;
import tools.jackson.core.TokenStreamLocation;

/** What a JSON or YAML reader complains about, in words. */
final class JsonFaults {
    private static final int MOST_SHOWN = 300;

    private JsonFaults() {}

    /** {@code line 3, column 7: }, or empty. */
    static String where(JacksonException e) {
        TokenStreamLocation at = e.getLocation();
        return at == null || at.getLineNr() < 1 ? "" : "line " + at.getLineNr() + ", column " + at.getColumnNr() + ": ";
    }

    /** Its first line, bounded, as a sentence. */
    static String sentence(JacksonException e) {
        String text = String.valueOf(e.getOriginalMessage()).lines().findFirst().orElse("it cannot be read");
        String bounded = text.length() > MOST_SHOWN ? text.substring(0, MOST_SHOWN) + "..." : text;
        return bounded.endsWith(".") ? bounded : bounded + ".";
    }
}
