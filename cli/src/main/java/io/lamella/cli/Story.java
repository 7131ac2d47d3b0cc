// SPDX-License-Identifier: Apache-2.0
package io.lamella.cli;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A run told as one line a stage, each with its time. On a terminal the stage at work shows what it is doing; elsewhere only finished
 * lines appear. With JSON as output it stays silent, and {@link #toDocument} is what gets printed.
 *
 * <p>A story is told by one thread; {@link Stage#doing} may be called from any.
 */
final class Story {
    private static final String CLEAR_LINE = "\r\u001b[2K";
    private static final int LABEL_WIDTH = 10;
    private static final int LINE_WIDTH = 79;

    private final PrintStream out;
    private final boolean isQuiet;
    private final boolean isTerminal;
    private final LongSupplier nanos;
    private final long startNanos;
    private final List<Map<String, Object>> told = new ArrayList<>();

    Story(PrintStream out, OutputFormat format, boolean isTerminal, LongSupplier nanos) {
        this.out = out;
        this.isQuiet = format == OutputFormat.json;
        this.isTerminal = isTerminal && !isQuiet;
        this.nanos = nanos;
        this.startNanos = nanos.getAsLong();
    }

    /** Does something and says what came of it. */
    interface Work<T, E extends Exception> {
        T run(Stage stage) throws E;
    }

    /** One stage while it runs. */
    final class Stage {
        private final String label;
        private final List<String> lines = new ArrayList<>();
        private final Map<String, Object> facts = new LinkedHashMap<>();

        private Stage(String label) {
            this.label = label;
        }

        /** What is going on, for somebody who watches. */
        void doing(String what) {
            if (isTerminal) {
                synchronized (out) {
                    out.print(CLEAR_LINE + fit("  " + pad(label) + " " + what + " ..."));
                    out.flush();
                }
            }
        }

        /** A line of the result; the first stands beside the stage's name. */
        Stage say(String line) {
            lines.add(line);
            return this;
        }

        /** A fact for programs. */
        Stage fact(String name, Object value) {
            facts.put(name, value);
            return this;
        }
    }

    /** A line that is no stage. */
    void title(String line) {
        if (!isQuiet) {
            out.println(line);
            out.println();
        }
    }

    /** A line under the last stage. */
    void note(String line) {
        if (!isQuiet) {
            out.println("  " + pad("") + " " + line);
        }
    }

    void blankLine() {
        if (!isQuiet) {
            out.println();
        }
    }

    /** Tells a stage. If the work fails, so does the stage, and the failure goes on. */
    <T, E extends Exception> T tell(String label, Work<T, E> work) throws E {
        Stage stage = new Stage(label);
        stage.doing("starting");
        long start = nanos.getAsLong();
        try {
            T result = work.run(stage);
            finish(stage, nanos.getAsLong() - start, null);
            return result;
        } catch (Exception e) {
            finish(stage, nanos.getAsLong() - start, Lamella.sentence(e));
            throw e;
        }
    }

    private void finish(Stage stage, long tookNanos, @Nullable String failure) {
        Map<String, Object> entry = new LinkedHashMap<>();
        entry.put("stage", stage.label);
        entry.put("ok", failure == null);
        entry.put("seconds", Math.round(tookNanos / 1e6) / 1e3);
        entry.putAll(stage.facts);
        if (failure != null) {
            entry.put("failure", failure);
        }
        told.add(entry);
        if (isQuiet) {
            return;
        }
        synchronized (out) {
            if (isTerminal) {
                out.print(CLEAR_LINE);
            }
            String first = failure != null ? "FAILED" : stage.lines.isEmpty() ? "done" : stage.lines.getFirst();
            String time = String.format(Locale.ROOT, "%.1f s", tookNanos / 1e9);
            String text = "  " + pad(stage.label) + " " + first;
            int gap = Math.max(2, LINE_WIDTH - text.length() - time.length());
            out.println(text + " ".repeat(gap) + time);
            for (int i = 1; failure == null && i < stage.lines.size(); i++) {
                note(stage.lines.get(i));
            }
            if (failure != null) {
                note(failure);
            }
            out.flush();
        }
    }

    /** Seconds since the story began. */
    double seconds() {
        return (nanos.getAsLong() - startNanos) / 1e9;
    }

    /** The whole story as a document: {@code ok}, {@code seconds}, {@code stages}. */
    Map<String, Object> toDocument() {
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("ok", told.stream().allMatch(entry -> Boolean.TRUE.equals(entry.get("ok"))));
        document.put("seconds", Math.round(seconds() * 1e3) / 1e3);
        document.put("stages", told);
        return document;
    }

    private static String pad(String label) {
        return label + " ".repeat(Math.max(0, LABEL_WIDTH - label.length()));
    }

    private static String fit(String line) {
        return line.length() <= LINE_WIDTH ? line : line.substring(0, LINE_WIDTH - 1) + "…";
    }
}
