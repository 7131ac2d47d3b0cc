// SPDX-License-Identifier: Apache-2.0
package io.lamella.daemon.api;

import io.lamella.daemon.http.Call;
import io.lamella.daemon.http.ProblemCode;
import io.lamella.daemon.http.ProblemException;
import io.lamella.daemon.http.Reply;
import io.lamella.daemon.http.Route;
import io.lamella.host.node.EventPage;
import io.lamella.host.node.Node;
import io.lamella.host.node.NodeEvent;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The routes for events: a page of them, and a stream of server-sent events that a client can take up again where it lost it. A stream
 * reads the node's log as fast as its client reads the stream: a slow client holds up nobody, and is told of what it missed by an event named
 * {@code gap}; one that reads nothing for the server's idle time is cut off.
 */
final class EventRoutes {
    static final int MAX_WATCHERS = 64;
    private static final String TAG = "Events";
    private static final int PAGE = 256;
    private static final long SLICE_MILLIS = 500;
    private static final long KEEP_ALIVE_NANOS = 15_000_000_000L;

    private final Node node;
    private final BooleanSupplier stopping;
    private final Watchers watchers = new Watchers(MAX_WATCHERS, "watching");

    EventRoutes(Node node, BooleanSupplier stopping) {
        this.node = node;
        this.stopping = stopping;
    }

    List<Route> routes() {
        return List.of(
                Route.of("GET", "/v1/events", "watchEvents")
                        .says(
                                TAG,
                                "Everything that happens from now on, as server-sent events. After a lost connection send Last-Event-ID; if events between are no longer kept, an event named gap says so.")
                        .query(
                                "since",
                                "Begin after this event rather than now; 0 for all that are kept.",
                                0,
                                Long.MAX_VALUE >> 10)
                        .query("vgpu", "Only events of this vGPU, by UUID or name.")
                        .query("gpu", "Only events of this GPU.")
                        .answersText(Watchers.MEDIA_TYPE)
                        .problems(429)
                        .does(this::watch),
                Route.of("GET", "/v1/events/log", "listEvents")
                        .says(TAG, "Events that are kept, oldest first.")
                        .query("since", "Those after this event.", 0, Long.MAX_VALUE >> 10)
                        .query("limit", "At most so many.", 1, 1000)
                        .query("wait", "If there is none yet, wait so many seconds for one.", 0, 60)
                        .answers(200, EventPage.class)
                        .does(call -> Reply.ok(node.awaitEvents(
                                call.query("since", 0),
                                (int) call.query("limit", PAGE),
                                call.query("wait", 0) * 1000))));
    }

    private Reply watch(Call call) {
        long since = since(call);
        String vgpu = call.query().get("vgpu");
        String gpu = call.query().get("gpu");
        String uuid = vgpu == null ? null : node.vgpu(vgpu).uuid();
        String gpuName = gpu == null ? null : node.gpu(gpu).name();
        return watchers.stream(sink -> stream(sink, since, uuid, gpuName));
    }

    private long since(Call call) {
        String last = call.lastEventId();
        if (last != null && !last.isEmpty()) {
            if (!last.matches("[0-9]{1,18}")) {
                throw new ProblemException(
                        ProblemCode.BAD_QUERY, "Last-Event-ID names no event of this API; leave it out to begin now.");
            }
            return Long.parseLong(last);
        }
        long asked = call.query("since", -1);
        return asked >= 0 ? asked : node.view().newestEventId();
    }

    private void stream(Reply.Sink sink, long from, @Nullable String vgpu, @Nullable String gpu)
            throws IOException, InterruptedException {
        sink.send("retry: 2000\n\n");
        long since = from;
        long newest = node.view().newestEventId();
        if (since > newest) {
            // Of another life of the node, whose journal is gone.
            sink.send(gap(since, newest, newest));
            since = newest;
        }
        long said = System.nanoTime();
        while (!stopping.getAsBoolean()) {
            EventPage page = node.awaitEvents(since, PAGE, SLICE_MILLIS);
            StringBuilder text = new StringBuilder();
            if (page.gap()) {
                text.append(gap(since, page.oldestId(), page.newestId()));
            }
            for (NodeEvent event : page.events()) {
                if ((vgpu == null || vgpu.equals(event.vgpu())) && (gpu == null || gpu.equals(event.gpu()))) {
                    text.append(Watchers.event(Long.toString(event.id()), event.kind(), event));
                }
            }
            since = page.nextSince();
            if (text.isEmpty() && System.nanoTime() - said > KEEP_ALIVE_NANOS) {
                // A comment; the id lets a client that filters resume where the log is.
                text.append("id: ").append(since).append("\n: nothing new\n\n");
            }
            if (!text.isEmpty()) {
                sink.send(text.toString());
                said = System.nanoTime();
            }
        }
        sink.send(Watchers.end("The daemon is stopping."));
    }

    private static String gap(long since, long oldest, long newest) {
        return Watchers.event(
                null,
                "gap",
                Map.of(
                        "since",
                        since,
                        "oldestId",
                        oldest,
                        "newestId",
                        newest,
                        "sentence",
                        "Events after " + since
                                + " are no longer kept; read the state anew, then go on with what follows."));
    }
}
