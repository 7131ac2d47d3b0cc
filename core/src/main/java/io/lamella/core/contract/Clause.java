// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.contract;

/**
 * A promise of the interface and how to find out whether it is kept.
 *
 * @param id never changes its meaning; several words with dots between them, the part of the interface first
 * @param sentence what is promised
 * @param scope when it is checked
 * @param check throws if it is broken
 */
record Clause(String id, String sentence, Scope scope, Check check) {
    /** When a clause is checked, and on what. */
    enum Scope {
        /** Whenever a core is loaded, on the one that was opened. It must leave nothing behind and take a few milliseconds. */
        QUICK,
        /** In a full check, on a core that it shares with other clauses. */
        FULL,
        /** In a full check, on a GPU of its own: it closes the core, takes its GPU away or uses something up. */
        ALONE
    }

    /** What finds out. */
    interface Check {
        /** @throws BrokenClause if the clause is broken; any other exception means that too */
        void run(Trial trial) throws Exception;
    }

    static Clause quick(String id, String sentence, Check check) {
        return new Clause(id, sentence, Scope.QUICK, check);
    }

    static Clause full(String id, String sentence, Check check) {
        return new Clause(id, sentence, Scope.FULL, check);
    }

    static Clause alone(String id, String sentence, Check check) {
        return new Clause(id, sentence, Scope.ALONE, check);
    }
}
