// SPDX-License-Identifier: Apache-2.0
package io.lamella.vm.archive;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Debian's control-file format (deb822(5)): stanzas of "Field: value" lines, separated by blank lines. */
final class Stanzas {
    private Stanzas() {}

    /** Parses a text; field names come out in lower case, continuation lines are joined with newlines. */
    static List<Map<String, String>> parse(String text) {
        List<Map<String, String>> stanzas = new ArrayList<>();
        Map<String, String> current = new LinkedHashMap<>();
        String field = "";
        for (String line : text.split("\n", -1)) {
            if (line.startsWith("#")) {
                continue;
            }
            if (line.isBlank()) {
                if (!current.isEmpty()) {
                    stanzas.add(current);
                    current = new LinkedHashMap<>();
                }
                field = "";
            } else if (line.charAt(0) == ' ' || line.charAt(0) == '\t') {
                if (!field.isEmpty()) {
                    current.merge(field, line.strip(), (a, b) -> a.isEmpty() ? b : a + "\n" + b);
                }
            } else {
                int colon = line.indexOf(':');
                if (colon > 0) {
                    field = line.substring(0, colon).strip().toLowerCase(Locale.ROOT);
                    current.put(field, line.substring(colon + 1).strip());
                }
            }
        }
        if (!current.isEmpty()) {
            stanzas.add(current);
        }
        return stanzas;
    }
}
