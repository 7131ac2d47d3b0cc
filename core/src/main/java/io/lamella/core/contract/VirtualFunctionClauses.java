// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.contract;

import io.lamella.core.CoreError;
import io.lamella.core.CoreSession;
import io.lamella.core.PciAddress;
import io.lamella.core.VirtualFunction;
import java.util.List;

/** SR-IOV and the doorbell of virtual functions. */
final class VirtualFunctionClauses {
    static final List<Clause> ALL = List.of(
            Clause.quick(
                    "sr-iov.enable",
                    "setVirtualFunctions() enables that many and disables them with 0; enabledVirtualFunctions() says"
                            + " so, to every session.",
                    VirtualFunctionClauses::enables),
            Clause.quick(
                    "sr-iov.change",
                    "Another count than the one that is enabled is refused with BUSY; the same one has no effect.",
                    VirtualFunctionClauses::refusesChange),
            Clause.quick(
                    "sr-iov.invalid",
                    "A count below 0 or above the total is refused with INVALID, and nothing changes.",
                    VirtualFunctionClauses::refusesCount),
            Clause.quick(
                    "doorbell.known",
                    "ringDoorbell() takes every virtual function of the GPU.",
                    VirtualFunctionClauses::rings),
            Clause.quick(
                    "doorbell.unknown",
                    "ringDoorbell() refuses a virtual function that is not the GPU's with NOT_FOUND.",
                    VirtualFunctionClauses::refusesUnknown));

    private VirtualFunctionClauses() {}

    /** A session on a GPU with at least that many virtual functions, none of which is enabled. */
    private static CoreSession session(Trial trial, int needed) {
        trial.needVirtualFunctions(needed);
        CoreSession session = trial.attach();
        Expect.same(0, session.enabledVirtualFunctions(), "The number of enabled virtual functions at first");
        return session;
    }

    private static void enables(Trial trial) {
        CoreSession session = session(trial, 1);
        CoreSession other = trial.attach();
        int total = trial.gpu().totalVirtualFunctions();
        for (int count : new int[] {1, total, 0}) {
            if (session.enabledVirtualFunctions() != 0) {
                session.setVirtualFunctions(0);
            }
            session.setVirtualFunctions(count);
            Expect.same(count, session.enabledVirtualFunctions(), "The number of enabled virtual functions");
            Expect.same(count, other.enabledVirtualFunctions(), "The number that another session sees");
        }
    }

    private static void refusesChange(Trial trial) {
        CoreSession session = session(trial, 3);
        session.setVirtualFunctions(2);
        try {
            for (int count : new int[] {1, 3}) {
                Expect.refused(
                        CoreError.BUSY,
                        "setVirtualFunctions(" + count + ") with 2 enabled",
                        () -> session.setVirtualFunctions(count));
            }
            session.setVirtualFunctions(2);
            Expect.same(2, session.enabledVirtualFunctions(), "The number of enabled virtual functions after all");
        } finally {
            session.setVirtualFunctions(0);
        }
    }

    private static void refusesCount(Trial trial) {
        CoreSession session = session(trial, 1);
        int total = trial.gpu().totalVirtualFunctions();
        for (int count : new int[] {-1, Integer.MIN_VALUE, total + 1, Integer.MAX_VALUE}) {
            Expect.refused(
                    CoreError.INVALID, "setVirtualFunctions(" + count + ")", () -> session.setVirtualFunctions(count));
        }
        Expect.same(0, session.enabledVirtualFunctions(), "The number of enabled virtual functions after refusals");
    }

    private static void rings(Trial trial) {
        CoreSession session = session(trial, 1);
        session.setVirtualFunctions(trial.gpu().totalVirtualFunctions());
        try {
            for (VirtualFunction function : trial.gpu().virtualFunctions()) {
                session.ringDoorbell(function);
            }
        } finally {
            session.setVirtualFunctions(0);
        }
        Expect.that(trial.core().isAlive(), "The core is not alive after doorbells that nobody waits for.");
    }

    private static void refusesUnknown(Trial trial) {
        CoreSession session = session(trial, 1);
        VirtualFunction first = trial.gpu().virtualFunctions().getFirst();
        int total = trial.gpu().totalVirtualFunctions();
        List<VirtualFunction> unknown = List.of(
                new VirtualFunction(total, total + 1, first.address()),
                new VirtualFunction(-1, 0, first.address()),
                new VirtualFunction(0, 2, first.address()),
                new VirtualFunction(0, 1, new PciAddress(0xffff, 0xff, 0x1f, 7)));
        for (VirtualFunction function : unknown) {
            Expect.refused(CoreError.NOT_FOUND, "ringDoorbell() of " + function, () -> session.ringDoorbell(function));
        }
    }
}
