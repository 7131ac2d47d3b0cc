// SPDX-License-Identifier: Apache-2.0
package io.lamella.host.node;

import java.util.List;

/** A node refused, or failed. The message is a sentence for a person: what, which limit, what would do. */
public final class NodeException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final NodeErrorCode code;
    private final transient List<NodeProblem> problems;

    public NodeException(NodeErrorCode code, String sentence) {
        this(code, sentence, List.of());
    }

    public NodeException(NodeErrorCode code, String sentence, List<NodeProblem> problems) {
        super(sentence);
        this.code = code;
        this.problems = List.copyOf(problems);
    }

    public NodeException(NodeErrorCode code, String sentence, Throwable cause) {
        super(sentence, cause);
        this.code = code;
        this.problems = List.of();
    }

    NodeException(NodeErrorCode code, String sentence, List<NodeProblem> problems, Throwable cause) {
        super(sentence, cause);
        this.code = code;
        this.problems = List.copyOf(problems);
    }

    /** For programs. */
    public NodeErrorCode code() {
        return code;
    }

    /** The kind of refusal. */
    public NodeErrorCategory category() {
        return code.category();
    }

    /** The same as {@link #getMessage}, never null. */
    public String sentence() {
        String message = getMessage();
        return message == null ? code.text() : message;
    }

    /** What is wrong in detail; may be empty. */
    public List<NodeProblem> problems() {
        return problems;
    }
}
