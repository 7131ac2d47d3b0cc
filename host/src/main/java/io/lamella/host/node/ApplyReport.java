// SPDX-License-Identifier: Apache-2.0
package io.lamella.host.node;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What became of a node file.
 *
 * @param outcome in a word
 * @param sentence for a person
 * @param steps the changes that were tried, in order; the last one may be the one that failed
 * @param rollback how the changes that had been made were taken back, in order; empty if nothing failed
 * @param failure why it failed, the code of a refusal; null if it did not
 */
public record ApplyReport(
        Outcome outcome,
        String sentence,
        List<Step> steps,
        List<Step> rollback,
        @Nullable NodeErrorCode failure) {
    public ApplyReport {
        steps = List.copyOf(steps);
        rollback = List.copyOf(rollback);
    }

    /** What became of a file. */
    public enum Outcome {
        /** Everything was as wanted already. */
        UNCHANGED,
        /** Everything is as wanted now. */
        APPLIED,
        /** A change failed, and everything is as it was before. */
        ROLLED_BACK,
        /** A change failed, and not all that had been done could be taken back. */
        PARTLY_ROLLED_BACK;

        @JsonValue
        public String text() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    /**
     * A step.
     *
     * @param change what was to be done; in a roll-back, what was taken back
     * @param done whether it succeeded
     * @param sentence why not, or what came of it; may be empty
     */
    public record Step(Change change, boolean done, String sentence) {}
}
