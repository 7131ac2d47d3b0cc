// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.contract;

import io.lamella.core.GpuCore;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** The contract between a core and its clients, and how to check whether a core keeps it. */
public final class CoreContract {
    private static final List<Clause> CLAUSES = Stream.of(
                    CoreClauses.ALL,
                    AttachClauses.ALL,
                    CapabilityClauses.ALL,
                    FrameBufferClauses.ALL,
                    FrameBufferLifeClauses.ALL,
                    ChannelIdClauses.ALL,
                    MappingClauses.ALL,
                    GspClauses.ALL,
                    HostMemoryClauses.ALL,
                    AddressSpaceClauses.ALL,
                    ChannelClauses.ALL,
                    VirtualFunctionClauses.ALL,
                    EventClauses.ALL,
                    SessionClauses.ALL,
                    ThreadClauses.ALL,
                    RevocationClauses.ALL)
            .flatMap(List::stream)
            .toList();

    private CoreContract() {}

    /** Ids and sentences of all clauses, in their order. */
    public static List<ClauseText> clauses() {
        return CLAUSES.stream().map(CoreContract::text).toList();
    }

    private static ClauseText text(Clause clause) {
        return new ClauseText(clause.id(), clause.sentence(), clause.scope() == Clause.Scope.QUICK);
    }

    /**
     * A clause without its check.
     *
     * @param id never changes its meaning
     * @param sentence what is promised
     * @param quick whether it is checked whenever a core is loaded
     */
    public record ClauseText(String id, String sentence, boolean quick) {}

    /** Checks every clause. Takes seconds; opens and closes the core many times, and takes its GPU away. */
    public static ContractReport check(ContractSubject subject) {
        return new ContractRun(subject.provider().name()).all(subject, CLAUSES);
    }

    /** Checks some clauses, chosen by what they say. */
    public static ContractReport check(ContractSubject subject, Predicate<ClauseText> which) {
        return new ContractRun(subject.provider().name())
                .all(
                        subject,
                        CLAUSES.stream()
                                .filter(clause -> which.test(text(clause)))
                                .toList());
    }

    /**
     * Checks the quick clauses. Takes well under a second and leaves nothing behind on the core.
     *
     * @param name of the core's provider
     * @param core that is open and has no session yet
     */
    public static ContractReport checkQuickly(String name, GpuCore core) {
        return new ContractRun(name)
                .on(
                        core,
                        CLAUSES.stream()
                                .filter(clause -> clause.scope() == Clause.Scope.QUICK)
                                .toList());
    }
}
