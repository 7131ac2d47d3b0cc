// SPDX-License-Identifier: Apache-2.0
package io.lamella.daemon.metrics;

import io.lamella.daemon.http.Call;
import io.lamella.daemon.http.Reply;
import io.lamella.daemon.http.Route;
import java.util.List;

/** The routes for metrics. */
public final class MetricsRoutes {
    private MetricsRoutes() {}

    /** In Prometheus's text format, or in OpenMetrics if the client prefers it. */
    public static List<Route> of(NodeMetrics metrics) {
        return List.of(
                route(
                        "/metrics",
                        "getMetrics",
                        "Everything that is measured, for Prometheus, in base units.",
                        call -> reply(call, metrics.text(open(call)))),
                route(
                        "/metrics/dcgm",
                        "getDcgmMetrics",
                        "What of it DCGM has names for, under those names, for dashboards made for them.",
                        call -> reply(call, metrics.dcgmText(open(call)))));
    }

    private static Route route(String path, String id, String sentence, Route.Endpoint endpoint) {
        return Route.of("GET", path, id)
                .says("Metrics", sentence)
                .answersText("text/plain")
                .answersText("application/openmetrics-text")
                .does(endpoint);
    }

    private static boolean open(Call call) {
        return call.accept().contains("application/openmetrics-text");
    }

    private static Reply reply(Call call, String text) {
        return Reply.text(open(call) ? TextFormat.OPEN_METRICS : TextFormat.PROMETHEUS, text);
    }
}
