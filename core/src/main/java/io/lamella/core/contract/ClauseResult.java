// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.contract;

/**
 * How one clause went.
 *
 * @param id of the clause, such as {@code attach.version.none-in-common}
 * @param sentence what it demands
 * @param outcome whether it is kept
 * @param reason why not, or why it was skipped; empty if it is kept
 * @param millis how long that took
 */
public record ClauseResult(String id, String sentence, Outcome outcome, String reason, long millis) {
    /** Whether a clause is kept. */
    public enum Outcome {
        /** It is kept. */
        PASSED,
        /** It is broken. */
        FAILED,
        /** This GPU or this version of the interface lacks what it is about. */
        SKIPPED
    }

    boolean isFailed() {
        return outcome == Outcome.FAILED;
    }
}
