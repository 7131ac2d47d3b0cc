// SPDX-License-Identifier: Apache-2.0
package io.lamella.daemon.api;

import io.lamella.daemon.http.ProblemCode;
import io.lamella.daemon.http.ProblemException;
import io.lamella.daemon.http.Violation;
import io.lamella.host.node.NodeErrorCode;
import io.lamella.host.node.NodeException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** A node's refusals as problem documents: the node's code and sentence, and the status that goes with the kind. */
public final class NodeRefusals {
    private static final Logger LOG = System.getLogger(NodeRefusals.class.getName());

    private NodeRefusals() {}

    /** The problem for what a node threw, or null if it is no refusal. */
    public static @Nullable ProblemException problem(Throwable thrown) {
        if (thrown instanceof ProblemException problem) {
            return problem;
        }
        if (!(thrown instanceof NodeException refusal)) {
            return null;
        }
        if (refusal.code() == NodeErrorCode.INTERNAL_ERROR) {
            LOG.log(Level.ERROR, "The node met a fault of its own.", refusal);
        }
        List<Violation> problems = refusal.problems().stream()
                .map(problem -> new Violation(problem.path(), problem.sentence()))
                .toList();
        return new ProblemException(
                status(refusal.code()), refusal.code().text(), title(refusal.code()), refusal.sentence(), problems);
    }

    /** The same for work that nobody waits for: every failure has a document. */
    public static ProblemException always(Throwable thrown) {
        ProblemException known = problem(thrown);
        if (known != null) {
            return known;
        }
        LOG.log(Level.ERROR, "An operation failed for a reason nobody foresaw.", thrown);
        return new ProblemException(ProblemCode.INTERNAL, "The daemon met a fault of its own; its log says more.");
    }

    static int status(NodeErrorCode code) {
        return switch (code) {
            case INTERNAL_ERROR -> 500;
            case FIRMWARE_FAILED -> 502;
            default ->
                switch (code.category()) {
                    case NOT_FOUND -> 404;
                    case CONFLICT, LIMIT -> 409;
                    case INVALID -> 422;
                    case PRECONDITION -> 412;
                    case GONE -> 410;
                    case UNAVAILABLE -> 503;
                };
        };
    }

    private static String title(NodeErrorCode code) {
        String words = code.name().toLowerCase(Locale.ROOT).replace('_', ' ');
        return Character.toUpperCase(words.charAt(0)) + words.substring(1);
    }
}
