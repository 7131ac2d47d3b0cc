// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.contract;

import io.lamella.core.GpuCore;
import io.lamella.core.GpuDescription;
import io.lamella.core.contract.ClauseResult.Outcome;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** One run over clauses. */
final class ContractRun {
    private static final int CLAUSE_LIMIT_SECONDS = 30;
    private static final int OPEN_LIMIT_SECONDS = 60;
    private static final String NOT_OPENED = "The core does not open a GPU.";

    private final String core;
    private final long begun = System.nanoTime();
    private String gpu = "";
    private @Nullable Bench shared;
    private boolean hopeless;

    /** @param core its provider's name */
    ContractRun(String core) {
        this.core = core;
    }

    /** Quick clauses on a core that somebody else opened. */
    ContractReport on(GpuCore open, List<Clause> clauses) {
        gpu = describe(open.description());
        return report(clauses.stream()
                .map(clause -> judge(clause, () -> new Trial(null, open)))
                .toList());
    }

    /** All clauses: those that can share a core first, so that the core is opened a few times less. */
    ContractReport all(ContractSubject subject, List<Clause> clauses) {
        Map<Integer, ClauseResult> results = new TreeMap<>();
        for (int i = 0; i < clauses.size(); i++) {
            if (clauses.get(i).scope() != Clause.Scope.ALONE) {
                results.put(i, judgeShared(subject, clauses.get(i)));
            }
        }
        closeShared();
        for (int i = 0; i < clauses.size(); i++) {
            if (clauses.get(i).scope() == Clause.Scope.ALONE) {
                results.put(i, judgeShared(subject, clauses.get(i)));
                closeShared();
            }
        }
        return report(List.copyOf(results.values()));
    }

    private ContractReport report(List<ClauseResult> results) {
        return new ContractReport(core, gpu, results, millisSince(begun));
    }

    private ClauseResult judgeShared(ContractSubject subject, Clause clause) {
        if (hopeless) {
            return new ClauseResult(clause.id(), clause.sentence(), Outcome.SKIPPED, NOT_OPENED, 0);
        }
        ClauseResult result = judge(clause, () -> {
            Bench bench = open(subject);
            return new Trial(bench, bench.core());
        });
        if (result.isFailed()) {
            // What it left behind is nothing that the next clause should stumble over.
            closeShared();
        }
        return result;
    }

    private Bench open(ContractSubject subject) throws Exception {
        Bench open = shared;
        if (open == null) {
            hopeless = gpu.isEmpty();
            open = bounded("open", OPEN_LIMIT_SECONDS, () -> new Bench(subject));
            hopeless = false;
            shared = open;
            gpu = describe(open.core().description());
        }
        return open;
    }

    private void closeShared() {
        Bench open = shared;
        shared = null;
        if (open != null) {
            try {
                bounded("close", OPEN_LIMIT_SECONDS, () -> {
                    open.close();
                    return open;
                });
            } catch (Exception failure) {
                System.getLogger(ContractRun.class.getName())
                        .log(System.Logger.Level.WARNING, "The core " + core + " could not be closed.", failure);
            }
        }
    }

    /** What a clause is given to work with. */
    private interface Preparation {
        Trial prepare() throws Exception;
    }

    private static ClauseResult judge(Clause clause, Preparation preparation) {
        long from = System.nanoTime();
        Outcome outcome;
        String reason;
        try {
            Trial trial = preparation.prepare();
            bounded(clause.id(), CLAUSE_LIMIT_SECONDS, () -> {
                try (trial) {
                    clause.check().run(trial);
                }
                return trial;
            });
            outcome = Outcome.PASSED;
            reason = "";
        } catch (SkippedClause skipped) {
            outcome = Outcome.SKIPPED;
            reason = String.valueOf(skipped.getMessage());
        } catch (BrokenClause broken) {
            outcome = Outcome.FAILED;
            reason = String.valueOf(broken.getMessage());
        } catch (Exception | Error thrown) {
            outcome = Outcome.FAILED;
            reason = "It ended with " + thrown.getClass().getSimpleName() + ": " + thrown.getMessage();
        }
        return new ClauseResult(clause.id(), clause.sentence(), outcome, reason, millisSince(from));
    }

    private interface Work<T> {
        T run() throws Exception;
    }

    /** Does something on a thread of its own, and gives up on it when it takes too long. */
    private static <T> T bounded(String name, int limitSeconds, Work<T> work) throws Exception {
        FutureTask<T> task = new FutureTask<>(work::run);
        Thread thread = Thread.ofPlatform().daemon().name("contract " + name).start(task);
        try {
            return task.get(limitSeconds, TimeUnit.SECONDS);
        } catch (TimeoutException late) {
            StackTraceElement[] stack = thread.getStackTrace();
            thread.interrupt();
            throw new BrokenClause(
                    "It does not end: after " + limitSeconds + " s it is still in "
                            + (stack.length == 0 ? "the core" : stack[0]) + ".",
                    late);
        } catch (ExecutionException failure) {
            switch (failure.getCause()) {
                case Exception cause -> throw cause;
                case Error cause -> throw cause;
                case null, default -> throw failure;
            }
        }
    }

    private static String describe(GpuDescription gpu) {
        return gpu.name() + " (" + gpu.chip() + ", firmware " + gpu.firmwareRelease() + ")";
    }

    private static long millisSince(long nanoTime) {
        return (System.nanoTime() - nanoTime) / 1_000_000;
    }
}
