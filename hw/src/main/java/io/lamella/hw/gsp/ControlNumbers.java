// SPDX-License-Identifier: Apache-2.0
package io.lamella.hw.gsp;

import io.lamella.hw.struct.StructCatalog;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Numbers and parameters of controls in one release, as differences from {@link RmControl}. In the text form a line is {@code NAME NUMBER
 * PARAMETERS}; without parameters they keep their name, and {@code -} instead of a number says that the release does not have the control.
 */
public final class ControlNumbers {
    /** What {@link RmControl} says. */
    public static final ControlNumbers COMMON = common();

    /**
     * A control in a release.
     *
     * @param number of the control
     * @param params name of the structure of its parameters
     */
    public record Entry(int number, String params) {}

    private final Map<RmControl, Entry> entries;

    private ControlNumbers(Map<RmControl, Entry> entries) {
        this.entries = entries;
    }

    private static ControlNumbers common() {
        Map<RmControl, Entry> entries = new EnumMap<>(RmControl.class);
        for (RmControl control : RmControl.values()) {
            entries.put(control, new Entry(control.number(), control.params()));
        }
        return new ControlNumbers(entries);
    }

    /** These with the differences that a resource beside a class tells of. @throws IllegalArgumentException if it is malformed */
    public ControlNumbers changedBy(Class<?> owner, String resource) {
        return changedBy(StructCatalog.text(owner, resource));
    }

    /** These with some differences, in the text form. @throws IllegalArgumentException if it is malformed */
    public ControlNumbers changedBy(String text) {
        Map<RmControl, Entry> changed = new EnumMap<>(entries);
        text.lines()
                .map(String::strip)
                .filter(line -> !line.isEmpty() && !line.startsWith("#"))
                .forEach(line -> change(changed, line));
        return new ControlNumbers(changed);
    }

    private static void change(Map<RmControl, Entry> entries, String line) {
        String[] words = line.split(" +", -1);
        if (words.length < 2 || words.length > 3) {
            throw new IllegalArgumentException(
                    "A line is a control, its number and its parameters; this is none: " + line);
        }
        RmControl control = RmControl.valueOf(words[0]);
        if (words[1].equals("-")) {
            entries.remove(control);
        } else {
            entries.put(
                    control,
                    new Entry(
                            Integer.parseUnsignedInt(words[1].substring(2), 16),
                            words.length == 3 ? words[2] : control.params()));
        }
    }

    /** The control in the release, or null if it does not have it. */
    public @Nullable Entry of(RmControl control) {
        return entries.get(control);
    }
}
