// SPDX-License-Identifier: Apache-2.0
package io.lamella.daemon.client;

import io.lamella.daemon.api.Requests;
import io.lamella.daemon.api.Views;
import io.lamella.daemon.http.Json;
import io.lamella.daemon.http.Problem;
import io.lamella.daemon.operation.Operation;
import io.lamella.host.GpuUse;
import io.lamella.host.node.ApplyReport;
import io.lamella.host.node.DiffView;
import io.lamella.host.node.EventPage;
import io.lamella.host.node.GpuMode;
import io.lamella.host.node.GpuView;
import io.lamella.host.node.NodeView;
import io.lamella.host.node.PlacementsView;
import io.lamella.host.node.PlanView;
import io.lamella.host.node.SchedulerDefinition;
import io.lamella.host.node.TypeView;
import io.lamella.host.node.VgpuDefinition;
import io.lamella.host.node.VgpuView;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A client of the daemon at its Unix socket, for one thread at a time. Starts fast: it needs nothing but the JDK's channels and Jackson.
 *
 * <p>Every method throws {@link ApiException}, with the daemon's sentence, if the daemon refuses, and {@link UncheckedIOException}, with a
 * sentence too, if it cannot be reached or does not answer. Methods that change something take the revision that the thing must have, or
 * nothing. Methods that start, stop or reset something return when that is over.
 */
public final class DaemonClient implements AutoCloseable {
    private static final long ANSWER_MILLIS = 30_000;
    private static final int WAIT_SECONDS = 60;
    private static final byte[] NOTHING = new byte[0];
    private static final Map<String, String> YAML = Map.of("Content-Type", "application/yaml");

    private final Path socket;
    private @Nullable HttpWire wire;

    /**
     * An answer.
     *
     * @param headers by name in lower case
     */
    public record Answer(int status, Map<String, String> headers, String text) {
        /** The body as JSON. */
        public JsonNode json() {
            return Json.read(text.getBytes(StandardCharsets.UTF_8));
        }

        <T> T as(Class<T> type) {
            return Json.read(text.getBytes(StandardCharsets.UTF_8), type);
        }
    }

    private DaemonClient(Path socket) {
        this.socket = socket;
    }

    /** Connects. @throws UncheckedIOException if there is no daemon; the sentence says what to do */
    public static DaemonClient connect(Path socket) {
        DaemonClient client = new DaemonClient(socket);
        client.wire = client.open();
        return client;
    }

    private HttpWire open() {
        try {
            return HttpWire.connect(socket);
        } catch (IOException e) {
            String sentence;
            if (!Files.exists(socket)) {
                sentence = "No daemon listens: " + socket + " is not there. Start one with: lamella daemon";
            } else if (!Files.isWritable(socket)) {
                sentence = "The daemon's socket " + socket + " is not open to this user; be in its group, or root.";
            } else {
                sentence =
                        "No daemon listens at " + socket + " (" + e.getMessage() + "). Start one with: lamella daemon";
            }
            throw new UncheckedIOException(new IOException(sentence, e));
        }
    }

    // --- typed ---

    public Views.Version version() {
        return get("/v1/version", Views.Version.class);
    }

    public NodeView node() {
        return get("/v1/node", NodeView.class);
    }

    public List<GpuView> gpus() {
        return List.of(get("/v1/gpus", GpuView[].class));
    }

    public GpuView gpu(String name) {
        return get("/v1/gpus/" + segment(name), GpuView.class);
    }

    public List<TypeView> types(String gpu) {
        return List.of(get("/v1/gpus/" + segment(gpu) + "/types", TypeView[].class));
    }

    /** What lies where on a GPU. */
    public PlacementsView placements(String gpu) {
        return get("/v1/gpus/" + segment(gpu) + "/placements", PlacementsView.class);
    }

    /** Whether vGPUs of these types would fit on a GPU, or on {@code any}, where, and if not, what would help. */
    public PlanView plan(String gpu, List<String> types) {
        return send("POST", "/v1/plan", new Requests.Plan(gpu, types), OptionalLong.empty())
                .as(PlanView.class);
    }

    /** Gives a GPU to another use. Refused while anybody holds it. */
    public GpuView setUse(String gpu, GpuUse use, OptionalLong ifRevision) {
        return put("/v1/gpus/" + segment(gpu) + "/use", new Requests.Use(use), ifRevision, GpuView.class);
    }

    public GpuView setMode(String gpu, GpuMode mode, OptionalLong ifRevision) {
        return put("/v1/gpus/" + segment(gpu) + "/mode", new Requests.Mode(mode), ifRevision, GpuView.class);
    }

    public GpuView setScheduler(String gpu, SchedulerDefinition scheduler, OptionalLong ifRevision) {
        return put("/v1/gpus/" + segment(gpu) + "/scheduler", scheduler, ifRevision, GpuView.class);
    }

    /** The last turns that a GPU's engines gave. */
    public List<Views.SchedulerTurn> schedulerLog(String gpu) {
        return List.of(get("/v1/gpus/" + segment(gpu) + "/scheduler/log", Views.SchedulerTurn[].class));
    }

    public GpuView setVirtualFunctions(String gpu, int count, OptionalLong ifRevision) {
        return put(
                "/v1/gpus/" + segment(gpu) + "/virtual-functions",
                new Requests.VirtualFunctions(count),
                ifRevision,
                GpuView.class);
    }

    public void removeGpu(String gpu) {
        Operation _ = operate("POST", "/v1/gpus/" + segment(gpu) + "/remove", null, OptionalLong.empty());
    }

    public void addGpu(String gpu) {
        Operation _ = operate("POST", "/v1/gpus/" + segment(gpu) + "/add", null, OptionalLong.empty());
    }

    public List<VgpuView> vgpus() {
        return List.of(get("/v1/vgpus", VgpuView[].class));
    }

    public VgpuView vgpu(String uuidOrName) {
        return get("/v1/vgpus/" + segment(uuidOrName), VgpuView.class);
    }

    /** Takes a vGPU into the desired state without starting it. */
    public VgpuView define(VgpuDefinition definition) {
        return send("POST", "/v1/vgpus", definition, OptionalLong.empty()).as(VgpuView.class);
    }

    /** Defines and starts a vGPU; if it does not start, it is forgotten again. */
    public VgpuView create(VgpuDefinition definition) {
        return result(operate("POST", "/v1/vgpus?start=true", definition, OptionalLong.empty()));
    }

    /** Defines it, or replaces its definition; a change of one that is there needs its revision. */
    public VgpuView put(String uuidOrName, VgpuDefinition definition, OptionalLong ifRevision) {
        return put("/v1/vgpus/" + segment(uuidOrName), definition, ifRevision, VgpuView.class);
    }

    public VgpuView setParameters(String uuidOrName, Map<String, String> parameters, long ifRevision) {
        return put(
                "/v1/vgpus/" + segment(uuidOrName) + "/parameters",
                new Requests.Parameters(parameters),
                OptionalLong.of(ifRevision),
                VgpuView.class);
    }

    public VgpuView start(String uuidOrName) {
        return step(uuidOrName, "start");
    }

    public VgpuView stop(String uuidOrName) {
        return step(uuidOrName, "stop");
    }

    public VgpuView reset(String uuidOrName) {
        return step(uuidOrName, "reset");
    }

    public VgpuView clearQuarantine(String uuidOrName) {
        return step(uuidOrName, "clear-quarantine");
    }

    private VgpuView step(String uuidOrName, String what) {
        return result(operate("POST", "/v1/vgpus/" + segment(uuidOrName) + "/" + what, null, OptionalLong.empty()));
    }

    private static VgpuView result(Operation operation) {
        JsonNode result = operation.result();
        if (result == null) {
            throw new IllegalStateException("Operation " + operation.id() + " has no result.");
        }
        return Json.read(Json.bytes(result), VgpuView.class);
    }

    /** Stops a vGPU and forgets it. */
    public void delete(String uuidOrName, OptionalLong ifRevision) {
        Operation _ = operate("DELETE", "/v1/vgpus/" + segment(uuidOrName), null, ifRevision);
    }

    /** The node as it is, as a file, in YAML. */
    public String export() {
        return send("GET", "/v1/node/export", Map.of("Accept", "application/yaml"), NOTHING)
                .text();
    }

    /** What applying a file, in YAML or JSON, would do. */
    public DiffView diff(String file, boolean prune) {
        return send("POST", "/v1/node/diff?prune=" + prune, YAML, file.getBytes(StandardCharsets.UTF_8))
                .as(DiffView.class);
    }

    /**
     * Makes the node as a file wants it.
     *
     * @param file YAML or JSON
     * @param progress told, from time to time, what is being done
     * @throws ApiException if it is refused; one that failed on the way has a report that says so
     */
    public ApplyReport apply(String file, boolean prune, Consumer<Operation> progress) {
        Operation operation = send("POST", "/v1/node/apply?prune=" + prune, YAML, file.getBytes(StandardCharsets.UTF_8))
                .as(Operation.class);
        long steps = 0;
        while (!operation.isOver()) {
            operation = get("/v1/operations/" + operation.id() + "?wait=1", Operation.class);
            if (operation.steps() > steps) {
                steps = operation.steps();
                progress.accept(operation);
            }
        }
        JsonNode report = operation.result();
        Problem problem = operation.problem();
        if (report != null) {
            return Json.read(Json.bytes(report), ApplyReport.class);
        }
        throw problem != null ? new ApiException(problem) : new IllegalStateException(operation.says());
    }

    /** Events that are kept, after one. */
    public EventPage events(long since, int limit) {
        return get("/v1/events/log?since=" + since + "&limit=" + limit, EventPage.class);
    }

    /**
     * Watches, on a connection of its own.
     *
     * @param since the last event that is known, or nothing to begin now
     * @param filter of the query: {@code vgpu} or {@code gpu}, or empty
     */
    public EventStream watch(OptionalLong since, Map<String, String> filter) {
        StringBuilder path = new StringBuilder("/v1/events");
        char mark = '?';
        for (Map.Entry<String, String> entry : filter.entrySet()) {
            path.append(mark).append(entry.getKey()).append('=').append(segment(entry.getValue()));
            mark = '&';
        }
        return stream(path.toString(), since);
    }

    /**
     * What a vGPU's driver does from now on, on a connection of its own. Each item's data is a {@link io.lamella.gpu.trace.TraceEvent}.
     *
     * @param kinds of events, such as {@code rpc}; the usual ones if empty
     * @param names patterns of names; all if empty
     */
    public EventStream trace(String uuidOrName, List<String> kinds, List<String> names) {
        return stream(
                "/v1/vgpus/" + segment(uuidOrName) + "/trace?kinds=" + segment(String.join(",", kinds)) + "&names="
                        + segment(String.join(",", names)),
                OptionalLong.empty());
    }

    private EventStream stream(String path, OptionalLong since) {
        HttpWire own = open();
        try {
            own.within(ANSWER_MILLIS);
            Map<String, String> headers = new TreeMap<>(Map.of("Accept", "text/event-stream"));
            since.ifPresent(id -> headers.put("Last-Event-ID", Long.toString(id)));
            own.send("GET", path, headers, NOTHING);
            HttpWire.Head head = own.head();
            if (head.status() != 200 || !head.isChunked()) {
                throw refusal(new Answer(head.status(), head.headers(), utf8(own.body(head))));
            }
            return new EventStream(own);
        } catch (IOException e) {
            own.close();
            throw new UncheckedIOException(e);
        } catch (RuntimeException | Error e) {
            own.close();
            throw e;
        }
    }

    public List<Operation> operations() {
        return List.of(get("/v1/operations", Operation[].class));
    }

    // --- as it comes ---

    public <T> T get(String path, Class<T> type) {
        return send("GET", path, null, OptionalLong.empty()).as(type);
    }

    private <T> T put(String path, Object body, OptionalLong ifRevision, Class<T> type) {
        return send("PUT", path, body, ifRevision).as(type);
    }

    /** Begins an operation and waits for its end. @throws ApiException if it fails, with the reason */
    public Operation operate(String method, String path, @Nullable Object body, OptionalLong ifRevision) {
        String waiting = path + (path.contains("?") ? "&" : "?") + "wait=" + WAIT_SECONDS;
        Operation operation = send(method, waiting, body, ifRevision).as(Operation.class);
        while (!operation.isOver()) {
            operation = get("/v1/operations/" + operation.id() + "?wait=" + WAIT_SECONDS, Operation.class);
        }
        Problem problem = operation.problem();
        if (problem != null) {
            throw new ApiException(problem);
        }
        return operation;
    }

    /** Sends a request with a JSON body, or none. @throws ApiException if the answer is a problem */
    public Answer send(String method, String path, @Nullable Object body, OptionalLong ifRevision) {
        Map<String, String> headers = new TreeMap<>();
        if (body != null) {
            headers.put("Content-Type", "application/json");
        }
        ifRevision.ifPresent(revision -> headers.put("If-Match", "\"" + revision + "\""));
        return send(method, path, headers, body == null ? NOTHING : Json.bytes(body));
    }

    /** Sends any request. @throws ApiException if the answer is a problem */
    public Answer send(String method, String path, Map<String, String> headers, byte[] body) {
        Answer answer;
        try {
            answer = exchange(method, path, headers, body);
        } catch (IOException e) {
            close();
            throw new UncheckedIOException(e);
        }
        if (answer.status() >= 400) {
            throw refusal(answer);
        }
        return answer;
    }

    private Answer exchange(String method, String path, Map<String, String> headers, byte[] body) throws IOException {
        HttpWire current = wire;
        if (current == null || current.isStale()) {
            // The daemon closes connections that stand idle.
            close();
            current = open();
            wire = current;
        }
        current.within(ANSWER_MILLIS + WAIT_SECONDS * 1000L);
        HttpWire.Head head = ask(current, method, path, headers, body);
        byte[] bytes = current.body(head);
        if (head.closes()) {
            close();
        }
        return new Answer(head.status(), head.headers(), utf8(bytes));
    }

    private static HttpWire.Head ask(
            HttpWire wire, String method, String path, Map<String, String> headers, byte[] body) throws IOException {
        try {
            wire.send(method, path, headers, body);
        } catch (IOException e) {
            // The daemon may have refused a body before it had all of it; then the reason is there to read.
            try {
                return wire.head();
            } catch (IOException none) {
                e.addSuppressed(none);
                throw e;
            }
        }
        return wire.head();
    }

    private static String utf8(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static RuntimeException refusal(Answer answer) {
        if (answer.headers().getOrDefault("content-type", "").startsWith("application/problem+json")) {
            return new ApiException(answer.as(Problem.class));
        }
        return new UncheckedIOException(
                new IOException("The daemon answered with status " + answer.status() + " and no reason."));
    }

    /** A name as a part of a path or a query. */
    public static String segment(String name) {
        return URLEncoder.encode(name, StandardCharsets.UTF_8).replace("+", "%20");
    }

    @Override
    public void close() {
        HttpWire current = wire;
        wire = null;
        if (current != null) {
            current.close();
        }
    }
}
