// SPDX-License-Identifier: Apache-2.0
package io.lamella.daemon.api;

import io.lamella.daemon.http.Reply;
import io.lamella.daemon.http.Route;
import io.lamella.daemon.operation.Operation;
import io.lamella.daemon.operation.Operations;
import io.lamella.host.node.GpuPhase;
import io.lamella.host.node.GpuView;
import io.lamella.host.node.Node;
import io.lamella.host.node.NodeView;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;

/** The routes for the daemon itself: health, version, operations. */
final class DaemonRoutes {
    private static final String TAG = "Daemon";

    private final Node node;
    private final Operations operations;
    private final BooleanSupplier stopping;
    private final String version;

    DaemonRoutes(Node node, Operations operations, BooleanSupplier stopping, String version) {
        this.node = node;
        this.operations = operations;
        this.stopping = stopping;
        this.version = version;
    }

    List<Route> routes() {
        return List.of(
                Route.of("GET", "/livez", "live")
                        .says(TAG, "Whether the daemon answers.")
                        .open()
                        .answers(200, Views.Health.class)
                        .does(call -> Reply.ok(new Views.Health("ok", Map.of()))),
                Route.of("GET", "/readyz", "ready")
                        .says(
                                TAG,
                                "Whether vGPUs can be had: it is not stopping, and every GPU that is not taken away runs.")
                        .open()
                        .answers(200, Views.Health.class)
                        .answers(503, Views.Health.class)
                        .does(call -> ready()),
                Route.of("GET", "/v1/version", "getVersion")
                        .says(TAG, "Who answers.")
                        .open()
                        .answers(200, Views.Version.class)
                        .does(call -> Reply.ok(new Views.Version(
                                "Lamella",
                                version,
                                "v1",
                                Runtime.version().toString(),
                                ProcessHandle.current().pid()))),
                Route.of("GET", "/v1/node", "getNode")
                        .says(TAG, "The node itself, in numbers.")
                        .answers(200, NodeView.class)
                        .does(call -> Reply.ok(node.view())),
                Route.of("GET", "/v1/operations", "listOperations")
                        .says("Operations", "Operations that wait, run, or are over and still kept.")
                        .answersMany(Operation.class)
                        .does(call -> Reply.ok(operations.list())),
                Route.of("GET", "/v1/operations/{operation}", "getOperation")
                        .says("Operations", "An operation.")
                        .query("wait", "Wait so many seconds for its end.", 0, Work.MAX_WAIT_SECONDS)
                        .answers(200, Operation.class)
                        .problems(404)
                        .does(call ->
                                Reply.ok(operations.await(call.parameter("operation"), call.query("wait", 0) * 1000))),
                Route.of("DELETE", "/v1/operations/{operation}", "cancelOperation")
                        .says("Operations", "Take an operation back that waits for its turn.")
                        .answers(200, Operation.class)
                        .problems(404, 409)
                        .does(call -> Reply.ok(operations.cancel(call.parameter("operation")))));
    }

    private Reply ready() {
        Map<String, String> checks = new TreeMap<>();
        boolean ready = !stopping.getAsBoolean();
        checks.put("daemon", ready ? "ok" : "stopping");
        for (GpuView gpu : node.gpus()) {
            boolean fine = gpu.phase() == GpuPhase.RUNNING || gpu.phase() == GpuPhase.REMOVED;
            ready &= fine;
            checks.put(
                    gpu.name(),
                    gpu.reason().isEmpty() ? gpu.phase().text() : gpu.phase().text() + ": " + gpu.reason());
        }
        return new Reply.Document(ready ? 200 : 503, Map.of(), new Views.Health(ready ? "ok" : "not-ready", checks));
    }
}
