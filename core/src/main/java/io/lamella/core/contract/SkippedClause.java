// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.contract;

/** A clause is about something that this GPU or this core does not have. */
final class SkippedClause extends RuntimeException {
    private static final long serialVersionUID = 1L;

    SkippedClause(String message) {
        super(message);
    }
}
