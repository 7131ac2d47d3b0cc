// SPDX-License-Identifier: Apache-2.0
package io.lamella.daemon.api;

import io.lamella.daemon.http.Json;
import io.lamella.daemon.http.OpenApi;
import io.lamella.daemon.http.Reply;
import io.lamella.daemon.http.Route;
import io.lamella.daemon.http.RouteTable;
import io.lamella.daemon.operation.Operations;
import io.lamella.host.node.Node;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;

/** The whole API over a node, as one route table. */
public final class NodeApi {
    private static final String ABOUT =
            "vGPUs of a host: what there is, what is wanted, what happens. Errors are problem documents of RFC 9457 with a stable code. "
                    + "Over the Unix socket no token is needed; its file permissions say who may ask. This is not an NVIDIA product.";

    private NodeApi() {}

    /**
     * The routes.
     *
     * @param stopping whether the daemon is about to end
     * @param more further routes, such as metrics
     */
    public static RouteTable routes(
            Node node, Operations operations, BooleanSupplier stopping, String version, List<Route> more) {
        Work work = new Work(operations);
        List<Route> all = new ArrayList<>();
        all.addAll(new DaemonRoutes(node, operations, stopping, version).routes());
        all.addAll(new GpuRoutes(node, work).routes());
        all.addAll(new VgpuRoutes(node, work).routes());
        all.addAll(new NodeFileRoutes(node, operations, work).routes());
        all.addAll(new EventRoutes(node, stopping).routes());
        all.addAll(new TraceRoutes(node, stopping).routes());
        all.addAll(more);
        AtomicReference<String> description = new AtomicReference<>("");
        all.add(Route.of("GET", "/v1/openapi.json", "getDescription")
                .says("Daemon", "This API's description in the form of OpenAPI 3.1.")
                .open()
                .answersText("application/json")
                .does(call -> Reply.text("application/json", description.get())));
        RouteTable table = new RouteTable(all);
        description.set(describe(table, version));
        return table;
    }

    /** The description of a route table. */
    public static String describe(RouteTable table, String version) {
        return Json.pretty(OpenApi.document(table, "Lamella", version, ABOUT)) + "\n";
    }
}
