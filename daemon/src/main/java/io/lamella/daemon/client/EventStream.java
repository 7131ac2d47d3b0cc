// SPDX-License-Identifier: Apache-2.0
package io.lamella.daemon.client;

import io.lamella.daemon.http.Json;
import io.lamella.host.node.NodeEvent;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Queue;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** A stream of server-sent events, for one thread. */
public final class EventStream implements AutoCloseable {
    /** The daemon says that it is there every 15 s; one that is silent for longer is gone. */
    private static final long SILENCE_MILLIS = 45_000;

    private static final int PART_LIMIT = 1 << 20;

    private final HttpWire wire;
    private final ByteArrayOutputStream block = new ByteArrayOutputStream();
    private final Queue<Item> items = new ArrayDeque<>();
    private int last;
    private boolean over;

    /**
     * One event.
     *
     * @param id to resume after, or -1 if it has none
     * @param name its kind; {@code gap} if events were lost, {@code end} if the daemon is stopping
     * @param data a {@link NodeEvent}, except for gap and end
     */
    public record Item(long id, String name, JsonNode data) {
        public boolean isGap() {
            return name.equals("gap");
        }

        /** The node's event. */
        public NodeEvent event() {
            return Json.read(Json.bytes(data), NodeEvent.class);
        }

        /** What happened, for a person. */
        public String sentence() {
            return data.path("sentence").asString("");
        }
    }

    EventStream(HttpWire wire) {
        this.wire = wire;
    }

    /** Waits for the next one. @return null at the end @throws UncheckedIOException if the daemon is gone */
    public @Nullable Item next() {
        try {
            while (items.isEmpty() && !over) {
                wire.within(SILENCE_MILLIS);
                byte[] chunk = wire.chunk();
                over = chunk.length == 0;
                take(chunk);
            }
        } catch (EOFException e) {
            over = true;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return items.poll();
    }

    /** Collects bytes up to an empty line; where chunks end says nothing. */
    private void take(byte[] chunk) throws IOException {
        for (byte each : chunk) {
            if (each == '\n' && last == '\n') {
                Item item = parse(block.toString(StandardCharsets.UTF_8));
                block.reset();
                if (item != null) {
                    items.add(item);
                }
            } else {
                block.write(each);
            }
            last = each;
            if (block.size() > PART_LIMIT) {
                throw new IOException(
                        "What answers is no daemon of Lamella's: one event has over " + PART_LIMIT + " bytes.");
            }
        }
    }

    private static @Nullable Item parse(String block) {
        long id = -1;
        String name = "message";
        StringBuilder data = new StringBuilder();
        for (String line : block.split("\n", -1)) {
            if (line.startsWith("id: ") && line.substring(4).matches("[0-9]{1,18}")) {
                id = Long.parseLong(line.substring(4));
            } else if (line.startsWith("event: ")) {
                name = line.substring(7);
            } else if (line.startsWith("data: ")) {
                data.append(line, 6, line.length());
            }
        }
        return data.isEmpty()
                ? null
                : new Item(id, name, Json.read(data.toString().getBytes(StandardCharsets.UTF_8)));
    }

    @Override
    public void close() {
        wire.close();
    }
}
