// SPDX-License-Identifier: Apache-2.0
package io.lamella.cli.smi;

import static io.lamella.cli.smi.Reading.NOT_AVAILABLE;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.BiFunction;
import java.util.stream.Collectors;

/**
 * Fields of things as CSV.
 *
 * @param <T> what has them
 * @param fields in the order of the columns
 * @param format how
 */
record Query<T>(List<Field<T>> fields, Format format) {
    /**
     * A field.
     *
     * @param name as people ask for it
     * @param unit such as MiB; empty if it has none
     * @param meaning a sentence
     * @param value without the unit
     */
    record Field<T>(String name, String unit, String meaning, BiFunction<Reading, T, String> value) {}

    /** How the lines look. */
    record Format(boolean header, boolean units) {
        /** @throws IllegalArgumentException if it is none, with a sentence */
        static Format parse(String text) {
            boolean header = true;
            boolean units = true;
            boolean csv = false;
            for (String word : text.split(",", -1)) {
                switch (word.strip()) {
                    case "csv" -> csv = true;
                    case "noheader" -> header = false;
                    case "nounits" -> units = false;
                    default ->
                        throw new IllegalArgumentException(
                                "--format takes csv, and with it noheader and nounits, not '" + word + "'.");
                }
            }
            if (!csv) {
                throw new IllegalArgumentException("--format has to name csv, as in --format=csv,noheader.");
            }
            return new Format(header, units);
        }
    }

    /** @throws IllegalArgumentException if there is no such field, with a sentence that names those with similar names */
    static <T> Query<T> parse(String names, Format format, List<Field<T>> known, String helpOption) {
        List<Field<T>> chosen = new ArrayList<>();
        for (String each : names.split(",", -1)) {
            String name = each.strip();
            chosen.add(known.stream()
                    .filter(field -> field.name().equals(name))
                    .findFirst()
                    .orElseThrow(
                            () -> new IllegalArgumentException("'" + name + "' is not a field that can be asked for"
                                    + similar(name, known) + ". All of them: lamella smi " + helpOption)));
        }
        return new Query<>(chosen, format);
    }

    private static <T> String similar(String name, List<Field<T>> known) {
        String last = name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
        List<String> names = last.isEmpty()
                ? List.of()
                : known.stream()
                        .map(Field::name)
                        .filter(other -> other.contains(last))
                        .toList();
        return names.isEmpty() ? "" : "; there is " + String.join(", ", names);
    }

    String header() {
        return fields.stream()
                .map(field -> field.unit().isEmpty() ? field.name() : field.name() + " [" + field.unit() + "]")
                .collect(Collectors.joining(", "));
    }

    String line(Reading reading, T thing) {
        return fields.stream()
                .map(field -> {
                    String value = field.value().apply(reading, thing);
                    boolean bare = field.unit().isEmpty() || !format.units() || value.equals(NOT_AVAILABLE);
                    return bare ? value : value + " " + field.unit();
                })
                .collect(Collectors.joining(", "));
    }

    /** The lines of the fields' list. */
    static <T> List<String> help(List<Field<T>> fields) {
        List<String> lines = new ArrayList<>();
        for (Field<T> field : fields) {
            lines.add("\"" + field.name() + "\"");
            lines.add("    " + field.meaning() + (field.unit().isEmpty() ? "" : " In " + field.unit() + "."));
        }
        return lines;
    }
}
