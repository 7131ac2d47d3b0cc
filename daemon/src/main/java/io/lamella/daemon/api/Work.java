// SPDX-License-Identifier: Apache-2.0
package io.lamella.daemon.api;

import io.lamella.daemon.http.Call;
import io.lamella.daemon.http.ProblemException;
import io.lamella.daemon.http.Reply;
import io.lamella.daemon.operation.Operation;
import io.lamella.daemon.operation.Operations;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/** Begins operations for requests, and waits for them as long as a request wants. */
final class Work {
    static final int MAX_WAIT_SECONDS = 120;
    static final String WAIT =
            "Wait so many seconds for its end. If it ends in time it is the answer, with 200; if it fails, its problem is.";

    private final Operations operations;

    Work(Operations operations) {
        this.operations = operations;
    }

    /** @throws ProblemException the operation's, if it failed while the request waited */
    Reply begin(Call call, String kind, String target, String subject, Callable<@Nullable Object> what)
            throws InterruptedException {
        Operation begun = operations.begin(kind, target, subject, what);
        long seconds = call.query("wait", 0);
        if (seconds > 0) {
            Operation then = operations.await(begun.id(), seconds * 1000);
            if (then.isOver()) {
                if (then.status().equals("failed") && then.result() == null) {
                    var problem = Objects.requireNonNull(then.problem());
                    throw new ProblemException(
                            problem.status(), problem.code(), problem.title(), problem.detail(), problem.problems());
                }
                return new Reply.Document(200, Map.of("Location", "/v1/operations/" + then.id()), then);
            }
            begun = then;
        }
        return Reply.accepted(begun, "/v1/operations/" + begun.id());
    }
}
