// SPDX-License-Identifier: Apache-2.0
package io.lamella.daemon.api;

import io.lamella.daemon.http.Call;
import io.lamella.daemon.http.Json;
import io.lamella.daemon.http.Reply;
import io.lamella.daemon.http.Route;
import io.lamella.daemon.operation.Operation;
import io.lamella.daemon.operation.Operations;
import io.lamella.host.node.ApplyReport;
import io.lamella.host.node.DiffView;
import io.lamella.host.node.Node;
import io.lamella.host.node.NodeErrorCode;
import io.lamella.host.node.NodeException;
import io.lamella.host.node.NodeFile;
import io.lamella.host.node.NodeFileText;
import java.util.List;

/** The routes for a node's desired state as one file. */
final class NodeFileRoutes {
    /** The subject of an operation that applies a file: no GPU and no vGPU has this name. */
    private static final String SUBJECT = "node file";

    private static final String TAG = "Node";
    private static final String YAML = "application/yaml";
    private static final String JSON = "application/json";
    private static final String PRUNE = "Whether vGPUs that are not in the file are to be deleted.";

    private final Node node;
    private final Operations operations;
    private final Work work;

    NodeFileRoutes(Node node, Operations operations, Work work) {
        this.node = node;
        this.operations = operations;
        this.work = work;
    }

    List<Route> routes() {
        return List.of(
                Route.of("GET", "/v1/node/export", "exportNode")
                        .says(TAG, "The node as it is, as a file. Applying it changes nothing.")
                        .answersText(YAML)
                        .answersText(JSON)
                        .does(this::export),
                Route.of("POST", "/v1/node/diff", "diffNode")
                        .says(TAG, "What applying a file would do, in which order. Changes nothing.")
                        .query("prune", PRUNE, "true", "false")
                        .takesText(NodeFileText.MAX_CHARACTERS, YAML, JSON)
                        .answers(200, DiffView.class)
                        .problems(409, 503)
                        .does(call -> Reply.ok(node.diff(file(call), prune(call)))),
                Route.of("POST", "/v1/node/apply", "applyNode")
                        .says(
                                TAG,
                                "Make the node as a file wants it. Everything is checked first; if a change fails, those before it are taken back. The operation's result is an ApplyReport.")
                        .query("prune", PRUNE, "true", "false")
                        .query("wait", Work.WAIT, 0, Work.MAX_WAIT_SECONDS)
                        .takesText(NodeFileText.MAX_CHARACTERS, YAML, JSON)
                        .answers(202, Operation.class)
                        .answers(200, Operation.class)
                        .problems(409, 429, 502, 503)
                        .does(this::apply));
    }

    private Reply export(Call call) {
        NodeFile file = node.export();
        // JSON is YAML too, so only who asks for JSON alone gets it.
        boolean json = call.accept().contains(JSON) && !call.accept().contains("yaml");
        return json
                ? Reply.text(JSON, Json.pretty(file) + "\n")
                : Reply.text(YAML + "; charset=utf-8", NodeFileText.write(file));
    }

    private Reply apply(Call call) throws InterruptedException {
        NodeFile file = file(call);
        boolean prune = prune(call);
        DiffView diff = node.diff(file, prune);
        if (!diff.problems().isEmpty()) {
            // Known before anything begins: the request is refused, rather than an operation that fails.
            throw new NodeException(NodeErrorCode.INVALID_FILE, diff.sentence(), diff.problems());
        }
        return work.begin(call, "apply-node", node.view().name(), SUBJECT, () -> {
            ApplyReport report = node.apply(file, prune, change -> operations.happened(SUBJECT, change.sentence()));
            NodeErrorCode failure = report.failure();
            return failure == null
                    ? report
                    : new Operations.Failed(report, NodeRefusals.always(new NodeException(failure, report.sentence())));
        });
    }

    private static boolean prune(Call call) {
        return call.query("prune", "false").equals("true");
    }

    private static NodeFile file(Call call) {
        return NodeFileText.parse(call.text()).file();
    }
}
