// SPDX-License-Identifier: Apache-2.0
package io.lamella.cli;

import io.lamella.gpu.trace.TraceEvent;
import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Prints events as lines for people: time since the start, kind, name with what it carried, how it ended and how long it took. Reads of one
 * register that give the same value again and again become one line that counts them.
 */
final class TraceText implements TracePrinter {
    private static final int MAX_FIELDS = 10;

    private final PrintStream out;
    private final boolean colour;
    private final boolean whole;
    private @Nullable TraceEvent last;
    private int repeats;

    /**
     * Makes one.
     *
     * @param out where to
     * @param colour whether to
     * @param whole whether to print every field, however many there are
     */
    TraceText(PrintStream out, boolean colour, boolean whole) {
        this.out = out;
        this.colour = colour;
        this.whole = whole;
    }

    @Override
    public void print(TraceEvent event) {
        TraceEvent before = last;
        if (before != null && isSame(before, event)) {
            repeats++;
            return;
        }
        flush();
        last = event;
        out.println(line(event));
    }

    private static boolean isSame(TraceEvent one, TraceEvent other) {
        return one.kind() == TraceEvent.Kind.REGISTER
                && other.kind() == TraceEvent.Kind.REGISTER
                && one.action().equals("read")
                && other.action().equals("read")
                && one.name().equals(other.name())
                && one.result().equals(other.result());
    }

    @Override
    public void flush() {
        TraceEvent before = last;
        if (before != null && repeats > 0) {
            out.println(" ".repeat(22)
                    + paint(
                            "90",
                            "... " + before.name() + " gave that " + repeats
                                    + (repeats == 1 ? " more time" : " more times")));
        }
        repeats = 0;
        last = null;
        out.flush();
    }

    private String line(TraceEvent event) {
        String kind = event.kind().name().toLowerCase(Locale.ROOT);
        if (event.kind() == TraceEvent.Kind.GAP) {
            return paint("31", "--- " + event.number() + " slots of records lost: this reader was too slow ---");
        }
        StringBuilder line = new StringBuilder(String.format(Locale.ROOT, "%11.6f ", event.atNanos() / 1e9));
        line.append(paint(colourOf(event.kind()), String.format(Locale.ROOT, "%-9s", kind)))
                .append(' ');
        String name = paint(event.known() ? "1" : "33", event.name());
        switch (event.kind()) {
            case REGISTER, MEMORY, CONFIG, DOORBELL ->
                line.append(name)
                        .append(event.action().equals("read") ? " -> " : " <- ")
                        .append(event.result())
                        .append(event.fields().isEmpty() ? "" : "  " + braces(event.fields()));
            case RPC ->
                line.append(event.action().equals("event") ? "<< " : "")
                        .append(name)
                        .append('(')
                        .append(list(event.fields()))
                        .append(')')
                        .append(end(event));
            default ->
                line.append(name)
                        .append(event.action().equals("step") ? "" : " " + event.action())
                        .append(event.fields().isEmpty() ? "" : " " + braces(event.fields()))
                        .append(end(event));
        }
        return line.toString();
    }

    private String end(TraceEvent event) {
        StringBuilder end = new StringBuilder();
        if (!event.result().isEmpty()) {
            end.append(" = ").append(paint(event.error() ? "31" : "32", event.result()));
        }
        if (!event.reply().isEmpty()) {
            end.append(' ').append(braces(event.reply()));
        }
        if (event.durationNanos() != 0) {
            end.append(paint("90", String.format(Locale.ROOT, " <%.6f>", event.durationNanos() / 1e9)));
        }
        return end.toString();
    }

    private String braces(Map<String, Object> fields) {
        return "{" + list(fields) + "}";
    }

    private String list(Map<String, Object> fields) {
        StringBuilder text = new StringBuilder();
        int shown = 0;
        for (Map.Entry<String, Object> field : fields.entrySet()) {
            if (!text.isEmpty()) {
                text.append(", ");
            }
            if (!whole && shown++ == MAX_FIELDS) {
                text.append("...");
                break;
            }
            text.append(field.getKey());
            if (!Boolean.TRUE.equals(field.getValue())) {
                text.append('=').append(value(field.getValue()));
            }
        }
        return text.toString();
    }

    @SuppressWarnings("unchecked") // Maps in events have texts for keys.
    private String value(Object value) {
        return switch (value) {
            case Map<?, ?> map -> braces((Map<String, Object>) map);
            case List<?> elements -> {
                int count = whole ? elements.size() : Math.min(elements.size(), MAX_FIELDS);
                yield "["
                        + String.join(
                                ", ",
                                elements.subList(0, count).stream()
                                        .map(this::value)
                                        .toList())
                        + (count < elements.size() ? ", ...]" : "]");
            }
            case String text -> text.startsWith("0x") ? text : "\"" + text.replace('"', '\'') + "\"";
            default -> String.valueOf(value);
        };
    }

    private static String colourOf(TraceEvent.Kind kind) {
        return switch (kind) {
            case RPC -> "36";
            case BOOT -> "35";
            case DOORBELL, INTERRUPT -> "34";
            case FAULT, GAP -> "31";
            default -> "90";
        };
    }

    private String paint(String code, String text) {
        return colour ? "\u001b[" + code + "m" + text + "\u001b[0m" : text;
    }
}
