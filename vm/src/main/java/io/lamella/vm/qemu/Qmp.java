// SPDX-License-Identifier: Apache-2.0
package io.lamella.vm.qemu;

import io.lamella.vm.VmException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * A client of QEMU's machine protocol: greeting, capabilities, commands whose replies are matched by id, and events.
 * Any thread may call it; replies may come in any order.
 */
public final class Qmp implements AutoCloseable {
    private static final int MAX_LINE_BYTES = 8 << 20;
    private static final int KEPT_EVENTS = 256;
    private static final JsonMapper JSON = JsonMapper.builder().build();

    /**
     * Something that QEMU told unasked.
     *
     * @param name such as "SHUTDOWN"
     * @param data its details; may be missing
     */
    public record Event(String name, JsonNode data) {}

    private final LineSocket socket;
    private final AtomicLong nextId = new AtomicLong(1);
    private final Map<Long, CompletableFuture<JsonNode>> waiting = new ConcurrentHashMap<>();
    private final CompletableFuture<JsonNode> greeting = new CompletableFuture<>();
    private final ArrayDeque<Event> events = new ArrayDeque<>();
    private volatile boolean ended;

    private Qmp(LineSocket socket) {
        this.socket = socket;
    }

    /**
     * Connects and negotiates.
     *
     * @param alive whether QEMU still runs, asked while its socket is not there yet
     */
    public static Qmp connect(Path path, Duration timeout, BooleanSupplier alive) throws IOException {
        Qmp qmp = new Qmp(LineSocket.connect(path, MAX_LINE_BYTES, timeout, alive));
        qmp.socket.read("qmp", qmp::onLine, qmp::onEnd);
        try {
            JsonNode hello = await(qmp.greeting, timeout, "the greeting");
            if (!hello.has("QMP")) {
                throw new VmException("What answers on " + path + " is not QEMU's machine protocol.");
            }
            qmp.execute("qmp_capabilities", Map.of(), timeout);
            return qmp;
        } catch (IOException e) {
            qmp.close();
            throw e;
        }
    }

    /**
     * Runs a command.
     *
     * @param arguments its arguments: strings, numbers, booleans, maps and lists
     * @return what QEMU returned
     * @throws QmpException when QEMU refuses it
     * @throws VmException when no answer comes in time, or the connection is gone
     */
    public JsonNode execute(String command, Map<String, ?> arguments, Duration timeout) throws IOException {
        long id = nextId.getAndIncrement();
        ObjectNode message = JSON.createObjectNode();
        message.put("execute", command);
        if (!arguments.isEmpty()) {
            message.set("arguments", JSON.valueToTree(arguments));
        }
        message.put("id", id);
        CompletableFuture<JsonNode> reply = new CompletableFuture<>();
        waiting.put(id, reply);
        try {
            if (ended) {
                throw new VmException("QEMU's control connection is closed, so " + command + " cannot be sent.");
            }
            socket.write(JSON.writeValueAsString(message));
            JsonNode answer = await(reply, timeout, command);
            JsonNode error = answer.get("error");
            if (error != null) {
                throw new QmpException(
                        command,
                        error.path("class").asString(""),
                        error.path("desc").asString(""));
            }
            return answer.path("return");
        } finally {
            waiting.remove(id);
        }
    }

    /** Runs a command without arguments. */
    public JsonNode execute(String command, Duration timeout) throws IOException {
        return execute(command, Map.of(), timeout);
    }

    /** The machine's state, such as "running", "internal-error" or "shutdown". */
    public String status(Duration timeout) throws IOException {
        return execute("query-status", timeout).path("status").asString("");
    }

    /** Waits for an event; one that has already come counts. */
    public Optional<Event> awaitEvent(String name, Duration timeout) {
        long deadlineNanos = System.nanoTime() + timeout.toNanos();
        synchronized (events) {
            while (true) {
                for (Event event : events) {
                    if (event.name.equals(name)) {
                        return Optional.of(event);
                    }
                }
                long leftMillis = (deadlineNanos - System.nanoTime()) / 1_000_000;
                if (ended || leftMillis <= 0) {
                    return Optional.empty();
                }
                try {
                    events.wait(leftMillis);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    return Optional.empty();
                }
            }
        }
    }

    /** The latest events, oldest first; at most 256 are kept. */
    public List<Event> events() {
        synchronized (events) {
            return new ArrayList<>(events);
        }
    }

    @Override
    public void close() {
        socket.close();
    }

    private void onLine(String line) {
        JsonNode message;
        try {
            message = JSON.readTree(line);
        } catch (JacksonException e) {
            socket.close();
            return;
        }
        JsonNode event = message.get("event");
        if (event != null) {
            synchronized (events) {
                if (events.size() == KEPT_EVENTS) {
                    events.removeFirst();
                }
                events.addLast(new Event(event.asString(""), message.path("data")));
                events.notifyAll();
            }
            return;
        }
        JsonNode id = message.get("id");
        if (id == null) {
            greeting.complete(message);
            return;
        }
        CompletableFuture<JsonNode> reply = waiting.remove(id.asLong(-1));
        // A reply that nobody waits for any more came after its deadline.
        if (reply != null) {
            reply.complete(message);
        }
    }

    private void onEnd() {
        synchronized (events) {
            ended = true;
            events.notifyAll();
        }
        VmException gone = new VmException("QEMU closed its control connection.");
        greeting.completeExceptionally(gone);
        waiting.values().forEach(reply -> reply.completeExceptionally(gone));
    }

    private static JsonNode await(CompletableFuture<JsonNode> future, Duration timeout, String what)
            throws IOException {
        try {
            return future.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new VmException("QEMU did not answer " + what + " within " + timeout.toMillis() + " ms.", e);
        } catch (ExecutionException e) {
            throw new VmException("QEMU closed its control connection before it answered " + what + ".", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new VmException("Waiting for QEMU's answer to " + what + " was interrupted.", e);
        }
    }
}
