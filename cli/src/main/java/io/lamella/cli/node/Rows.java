// SPDX-License-Identifier: Apache-2.0
package io.lamella.cli.node;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Lines of {@code key  value}, and how values look. */
final class Rows {
    private final List<String> keys = new ArrayList<>();
    private final List<String> values = new ArrayList<>();

    /** A line; a value that there is none of is a dash. */
    Rows add(String key, @Nullable Object value) {
        keys.add(key);
        values.add(text(value));
        return this;
    }

    List<String> lines() {
        int width = keys.stream().mapToInt(String::length).max().orElse(0);
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < keys.size(); i++) {
            lines.add(("%-" + width + "s  %s").formatted(keys.get(i), values.get(i)));
        }
        return lines;
    }

    static String text(@Nullable Object value) {
        return value == null || value.toString().isEmpty() ? "-" : value.toString();
    }

    /** Bytes as whole MiB. */
    static String mib(@Nullable Long bytes) {
        return bytes == null ? "-" : Long.toString(bytes >> 20);
    }

    /** Bytes in the largest unit that leaves them whole, such as {@code 8 GiB}. */
    static String size(long bytes) {
        if (bytes != 0 && bytes % (1L << 30) == 0) {
            return (bytes >> 30) + " GiB";
        }
        return String.format(Locale.ROOT, "%d MiB", bytes >> 20);
    }
}
