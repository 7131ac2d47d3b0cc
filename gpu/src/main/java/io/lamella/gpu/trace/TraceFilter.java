// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.trace;

import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Which events one wants to see. Gaps always pass.
 *
 * @param kinds that pass
 * @param names of which one has to match, wherever it is in the name; empty lets every name pass
 */
public record TraceFilter(Set<TraceEvent.Kind> kinds, List<Pattern> names) {
    /** Everything but memory, which is mostly page tables word by word. */
    public static final TraceFilter DEFAULT =
            new TraceFilter(EnumSet.complementOf(EnumSet.of(TraceEvent.Kind.MEMORY)), List.of());

    /** Everything. */
    public static final TraceFilter ALL = new TraceFilter(EnumSet.allOf(TraceEvent.Kind.class), List.of());

    public TraceFilter {
        kinds = Set.copyOf(kinds);
        names = List.copyOf(names);
    }

    /**
     * Reads what a person wrote.
     *
     * @param kinds such as {@code rpc} or {@code doorbell}; {@code all}; empty for the default
     * @param patterns of names, with {@code *} for anything; without one anywhere in the name; small and capital letters are the same
     * @throws IllegalArgumentException with a sentence if there is no such kind
     */
    public static TraceFilter of(List<String> kinds, List<String> patterns) {
        Set<TraceEvent.Kind> wanted = EnumSet.noneOf(TraceEvent.Kind.class);
        for (String word : kinds) {
            if (word.equalsIgnoreCase("all")) {
                wanted.addAll(ALL.kinds);
            } else {
                wanted.add(kind(word));
            }
        }
        return new TraceFilter(
                kinds.isEmpty() ? DEFAULT.kinds : wanted,
                patterns.stream().map(TraceFilter::pattern).toList());
    }

    private static TraceEvent.Kind kind(String word) {
        for (TraceEvent.Kind kind : TraceEvent.Kind.values()) {
            if (kind.name().equalsIgnoreCase(word)) {
                return kind;
            }
        }
        throw new IllegalArgumentException("There is no kind of event " + word + "; there are all, "
                + String.join(
                        ", ",
                        EnumSet.allOf(TraceEvent.Kind.class).stream()
                                .map(kind -> kind.name().toLowerCase(Locale.ROOT))
                                .toList())
                + ".");
    }

    /** No regular expression of the caller's: one that takes forever to match is too easily written. */
    private static Pattern pattern(String text) {
        if (text.length() > 200) {
            throw new IllegalArgumentException("A pattern of a name has at most 200 characters.");
        }
        StringBuilder expression = new StringBuilder();
        for (String part : text.split("\\*+", -1)) {
            expression.append(expression.isEmpty() ? "" : ".*?").append(Pattern.quote(part));
        }
        return Pattern.compile(expression.toString(), Pattern.CASE_INSENSITIVE);
    }

    /** Whether an event passes. */
    public boolean passes(TraceEvent event) {
        if (event.kind() == TraceEvent.Kind.GAP) {
            return true;
        }
        return kinds.contains(event.kind())
                && (names.isEmpty()
                        || names.stream()
                                .anyMatch(name -> name.matcher(event.name()).find()));
    }
}
