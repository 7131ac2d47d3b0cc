// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.contract;

import java.util.List;
import java.util.Optional;

/**
 * How a core keeps its contract.
 *
 * @param core its provider's name
 * @param gpu what it ran on, such as {@code NVIDIA L40 (AD102, firmware 570.144)}; empty if the core opened none
 * @param clauses in their order
 * @param millis how long all of it took
 */
public record ContractReport(String core, String gpu, List<ClauseResult> clauses, long millis) {
    public ContractReport {
        clauses = List.copyOf(clauses);
    }

    /** Whether no clause is broken. */
    public boolean isKept() {
        return broken().isEmpty();
    }

    /** The clauses that are broken. */
    public List<ClauseResult> broken() {
        return clauses.stream().filter(ClauseResult::isFailed).toList();
    }

    /** How many clauses went that way. */
    public long count(ClauseResult.Outcome outcome) {
        return clauses.stream().filter(clause -> clause.outcome() == outcome).count();
    }

    /** Why the core is not to be used, naming the first clause that it breaks; empty if it breaks none. */
    public Optional<String> refusal() {
        List<ClauseResult> broken = broken();
        if (broken.isEmpty()) {
            return Optional.empty();
        }
        ClauseResult first = broken.getFirst();
        String more = broken.size() == 1 ? "" : " It breaks " + (broken.size() - 1) + " more.";
        return Optional.of("The core " + core + " is refused: it breaks clause " + first.id() + " (" + first.sentence()
                + ") " + first.reason() + more);
    }
}
