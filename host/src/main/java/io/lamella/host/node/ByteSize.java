// SPDX-License-Identifier: Apache-2.0
package io.lamella.host.node;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A size that people write: a number of bytes, or a text such as {@code 8GiB}, {@code 512MiB}, {@code 64KiB}, {@code 1TiB}, {@code 100B}. As
 * JSON it is the number of bytes.
 *
 * @param bytes 0 or more
 */
public record ByteSize(@JsonValue long bytes) {
    private static final Pattern FORM = Pattern.compile("([0-9]{1,18}) ?(B|KiB|MiB|GiB|TiB|)");

    public ByteSize {
        if (bytes < 0) {
            throw new IllegalArgumentException("a size is 0 or more, not " + bytes);
        }
    }

    /** From a number of bytes. */
    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    public static ByteSize of(long bytes) {
        return new ByteSize(bytes);
    }

    /** @throws IllegalArgumentException with what would do */
    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    public static ByteSize parse(String text) {
        Matcher parts = FORM.matcher(text.strip());
        if (!parts.matches()) {
            throw new IllegalArgumentException(
                    "a size such as 8GiB, 512MiB or a number of bytes is needed, not " + Definitions.shown(text));
        }
        int shift = switch (parts.group(2)) {
            case "KiB" -> 10;
            case "MiB" -> 20;
            case "GiB" -> 30;
            case "TiB" -> 40;
            default -> 0;
        };
        long number = Long.parseLong(parts.group(1));
        if (number > Long.MAX_VALUE >> shift) {
            throw new IllegalArgumentException("the size " + Definitions.shown(text) + " is too large");
        }
        return new ByteSize(number << shift);
    }

    /** In the largest unit of which it is a whole number, such as {@code 8GiB}. */
    @Override
    public String toString() {
        String[] units = {"TiB", "GiB", "MiB", "KiB"};
        for (int i = 0; i < units.length; i++) {
            long unit = 1L << (40 - 10 * i);
            if (bytes != 0 && bytes % unit == 0) {
                return String.format(Locale.ROOT, "%d%s", bytes / unit, units[i]);
            }
        }
        return bytes + "B";
    }
}
