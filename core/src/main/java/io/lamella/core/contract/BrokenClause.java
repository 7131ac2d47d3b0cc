// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.contract;

/** A clause is not kept. The message is a sentence that says what happened instead. */
final class BrokenClause extends RuntimeException {
    private static final long serialVersionUID = 1L;

    BrokenClause(String message) {
        super(message);
    }

    BrokenClause(String message, Throwable cause) {
        super(message, cause);
    }
}
