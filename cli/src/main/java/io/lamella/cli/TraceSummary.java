// SPDX-License-Identifier: Apache-2.0
package io.lamella.cli;

import io.lamella.gpu.trace.TraceEvent;
import java.io.PrintStream;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Counts events instead of printing them: how often, how long, how many went wrong; per message, register and so on. */
final class TraceSummary implements TracePrinter {
    private static final int MAX_ROWS = 40;

    private final PrintStream out;
    private final Map<TraceEvent.Kind, Map<String, Row>> rows = new EnumMap<>(TraceEvent.Kind.class);
    private long lostSlots;

    private static final class Row {
        long count;
        long reads;
        long errors;
        long nanos;
        long most;
    }

    TraceSummary(PrintStream out) {
        this.out = out;
    }

    @Override
    public void print(TraceEvent event) {
        if (event.kind() == TraceEvent.Kind.GAP) {
            lostSlots += event.number();
            return;
        }
        Row row = rows.computeIfAbsent(event.kind(), ignored -> new HashMap<>())
                .computeIfAbsent(event.name(), ignored -> new Row());
        row.count++;
        row.reads += event.action().equals("read") ? 1 : 0;
        row.errors += event.error() ? 1 : 0;
        row.nanos += event.durationNanos();
        row.most = Math.max(row.most, event.durationNanos());
    }

    @Override
    public void flush() {}

    @Override
    public void end() {
        rows.forEach(this::printKind);
        if (lostSlots != 0) {
            out.println(lostSlots + " slots of records were lost; the counts are too low.");
        }
        out.flush();
    }

    private void printKind(TraceEvent.Kind kind, Map<String, Row> named) {
        boolean access = switch (kind) {
            case REGISTER, MEMORY, CONFIG -> true;
            default -> false;
        };
        Table table = access
                ? new Table("reads", "writes", "us", kind.name().toLowerCase(Locale.ROOT))
                : new Table("count", "errors", "us", "most us", kind.name().toLowerCase(Locale.ROOT));
        List<Map.Entry<String, Row>> sorted = named.entrySet().stream()
                .sorted(Comparator.comparingLong((Map.Entry<String, Row> row) -> -row.getValue().nanos)
                        .thenComparingLong(row -> -row.getValue().count)
                        .thenComparing(Map.Entry::getKey))
                .toList();
        for (Map.Entry<String, Row> entry : sorted.subList(0, Math.min(MAX_ROWS, sorted.size()))) {
            Row row = entry.getValue();
            if (access) {
                table.row(row.reads, row.count - row.reads, row.nanos / 1000, entry.getKey());
            } else {
                table.row(row.count, row.errors, row.nanos / 1000, row.most / 1000, entry.getKey());
            }
        }
        table.print(out);
        if (sorted.size() > MAX_ROWS) {
            out.println("... and " + (sorted.size() - MAX_ROWS) + " more");
        }
        out.println();
    }
}
