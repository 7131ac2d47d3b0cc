// SPDX-License-Identifier: Apache-2.0
package io.lamella.daemon.client;

import io.lamella.daemon.http.Problem;

/** The daemon refused. The message is its sentence. */
public final class ApiException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient Problem problem;

    public ApiException(Problem problem) {
        super(problem.detail());
        this.problem = problem;
    }

    /** The whole document: status, code, everything that is wrong. */
    public Problem problem() {
        return problem;
    }

    /** What kind of refusal, for programs, such as {@code unknown-vgpu}. */
    public String code() {
        return problem.code();
    }
}
