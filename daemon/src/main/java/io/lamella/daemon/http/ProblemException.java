// SPDX-License-Identifier: Apache-2.0
package io.lamella.daemon.http;

import java.util.List;
import java.util.Map;

/** Ends a request with a {@link Problem}. The message is the sentence for a person. */
public final class ProblemException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int status;
    private final String code;
    private final String title;

    @SuppressWarnings("serial") // never serialised
    private final List<Violation> problems;

    @SuppressWarnings("serial") // never serialised
    private Map<String, String> headers = Map.of();

    public ProblemException(ProblemCode code, String detail) {
        this(code, detail, List.of());
    }

    public ProblemException(ProblemCode code, String detail, List<Violation> problems) {
        this(code.status(), code.code(), code.title(), detail, problems);
    }

    /** One with a code of somebody else's. */
    public ProblemException(int status, String code, String title, String detail, List<Violation> problems) {
        // No stack: this is an answer, not a fault, and a hostile client can ask for many.
        super(detail, null, false, false);
        this.status = status;
        this.code = code;
        this.title = title;
        this.problems = List.copyOf(problems);
    }

    public String code() {
        return code;
    }

    public List<Violation> problems() {
        return problems;
    }

    public int status() {
        return status;
    }

    /** With a header field beside the document. */
    ProblemException withHeader(String name, String value) {
        headers = Map.of(name, value);
        return this;
    }

    Map<String, String> headers() {
        return headers;
    }

    /** As the client gets it. */
    public Problem document() {
        String detail = getMessage() == null ? title : getMessage();
        return new Problem(
                "about:blank",
                title,
                status,
                code,
                detail.length() > 8192 ? detail.substring(0, 8192) : detail,
                problems.size() > 100 ? problems.subList(0, 100) : problems);
    }
}
