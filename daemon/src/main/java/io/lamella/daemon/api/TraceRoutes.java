// SPDX-License-Identifier: Apache-2.0
package io.lamella.daemon.api;

import io.lamella.daemon.http.Call;
import io.lamella.daemon.http.ProblemCode;
import io.lamella.daemon.http.ProblemException;
import io.lamella.daemon.http.Reply;
import io.lamella.daemon.http.Route;
import io.lamella.gpu.trace.TraceEvent;
import io.lamella.gpu.trace.TraceFeed;
import io.lamella.gpu.trace.TraceFilter;
import io.lamella.host.node.Node;
import io.lamella.host.node.NodeErrorCode;
import io.lamella.host.node.NodeException;
import io.lamella.host.node.VgpuView;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.function.BooleanSupplier;

/**
 * The route that shows what a vGPU's driver does while it does it, as server-sent events. A vGPU that nobody watches costs nothing for it; a client
 * that reads slowly loses events and is told how many by one of kind GAP. The guest is never held up.
 */
final class TraceRoutes {
    static final int MAX_WATCHERS = 8;
    private static final int BATCH_CHARACTERS = 64 << 10;
    private static final long SLICE_NANOS = 200_000_000L;
    private static final long KEEP_ALIVE_NANOS = 15_000_000_000L;

    private final Node node;
    private final BooleanSupplier stopping;
    private final Watchers watchers = new Watchers(MAX_WATCHERS, "tracing");

    TraceRoutes(Node node, BooleanSupplier stopping) {
        this.node = node;
        this.stopping = stopping;
    }

    List<Route> routes() {
        return List.of(Route.of("GET", "/v1/vgpus/{vgpu}/trace", "traceVgpu")
                .says(
                        "vGPUs",
                        "What the vGPU's driver does from now on, as server-sent events: messages to the GSP, boot steps, registers, doorbells, interrupts and faults, by name. Ends when the vGPU is stopped.")
                .query(
                        "kinds",
                        "Only these kinds, with commas between: rpc, boot, register, memory, config, doorbell, interrupt, fault, life; or all. All but memory if left out.")
                .query("names", "Only what has one of these in its name, with commas between; * is anything.")
                .answersText(Watchers.MEDIA_TYPE)
                .problems(404, 409, 429)
                .does(this::trace));
    }

    private Reply trace(Call call) {
        VgpuView vgpu = node.vgpu(call.parameter("vgpu"));
        String gpu = vgpu.status().gpu();
        if (gpu == null) {
            throw new NodeException(
                    NodeErrorCode.WRONG_STATE,
                    "vGPU " + vgpu.name() + " is " + vgpu.status().phase().text()
                            + "; only one that runs can be traced. Start it first.");
        }
        TraceFilter filter;
        try {
            filter = TraceFilter.of(words(call, "kinds"), words(call, "names"));
        } catch (IllegalArgumentException e) {
            throw new ProblemException(ProblemCode.BAD_QUERY, String.valueOf(e.getMessage()));
        }
        return watchers.stream(sink -> {
            try (TraceFeed feed = node.host().gpu(gpu).subscribe(UUID.fromString(vgpu.uuid()), filter)) {
                stream(sink, feed);
            }
        });
    }

    private static List<String> words(Call call, String name) {
        String value = call.query().getOrDefault(name, "");
        return value.isEmpty() ? List.of() : Arrays.asList(value.split(",", 64));
    }

    private void stream(Reply.Sink sink, TraceFeed feed) throws IOException, InterruptedException {
        sink.send(": tracing\n\n");
        long said = System.nanoTime();
        while (!stopping.getAsBoolean()) {
            StringBuilder text = new StringBuilder();
            TraceEvent event = feed.next(SLICE_NANOS);
            while (event != null) {
                text.append(Watchers.event(null, event.kind().name().toLowerCase(Locale.ROOT), event));
                event = text.length() < BATCH_CHARACTERS ? feed.next(0) : null;
            }
            if (text.isEmpty() && feed.isEnded()) {
                break;
            }
            if (text.isEmpty() && System.nanoTime() - said > KEEP_ALIVE_NANOS) {
                text.append(": nothing new\n\n");
            }
            if (!text.isEmpty()) {
                sink.send(text.toString());
                said = System.nanoTime();
            }
        }
        sink.send(Watchers.end("The vGPU is gone, or the daemon is stopping."));
    }
}
