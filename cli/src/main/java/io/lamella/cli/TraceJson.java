// SPDX-License-Identifier: Apache-2.0
package io.lamella.cli;

import io.lamella.gpu.trace.TraceEvent;
import java.io.PrintStream;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;

/** Prints events as one JSON document on each line. */
final class TraceJson implements TracePrinter {
    private static final JsonMapper MAPPER = JsonMapper.builder().build();

    private final PrintStream out;

    TraceJson(PrintStream out) {
        this.out = out;
    }

    @Override
    public void print(TraceEvent event) {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("seconds", event.atNanos() / 1e9);
        line.put("kind", event.kind().name().toLowerCase(Locale.ROOT));
        line.put("action", event.action());
        line.put("name", event.name());
        line.put("number", event.number());
        if (!event.known()) {
            line.put("unknown", true);
        }
        putUnlessEmpty(line, "fields", event.fields());
        putUnlessEmpty(line, "reply", event.reply());
        if (!event.result().isEmpty()) {
            line.put("result", event.result());
        }
        if (event.error()) {
            line.put("error", true);
        }
        if (event.durationNanos() != 0) {
            line.put("durationSeconds", event.durationNanos() / 1e9);
        }
        out.println(MAPPER.writeValueAsString(line));
    }

    private static void putUnlessEmpty(Map<String, Object> line, String name, Map<String, Object> fields) {
        if (!fields.isEmpty()) {
            line.put(name, fields);
        }
    }

    @Override
    public void flush() {
        out.flush();
    }
}
