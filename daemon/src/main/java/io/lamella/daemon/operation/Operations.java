// SPDX-License-Identifier: Apache-2.0
package io.lamella.daemon.operation;

import io.lamella.daemon.http.Json;
import io.lamella.daemon.http.Problem;
import io.lamella.daemon.http.ProblemCode;
import io.lamella.daemon.http.ProblemException;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Runs operations, a bounded number at a time, and keeps the last of those that are over. All methods may be called from any thread; none
 * but {@link #await} and {@link #close} waits.
 */
public final class Operations implements AutoCloseable {
    private final Limits limits;
    private final InstantSource clock;
    private final Function<Throwable, ProblemException> translator;
    private final String prefix;

    // Guarded by this.
    private final Map<String, Running> all = new LinkedHashMap<>();
    private final ArrayDeque<Running> pending = new ArrayDeque<>();
    private int running;
    private long created;
    private boolean closed;

    /**
     * How many there can be.
     *
     * @param running at the same time
     * @param pending waiting for their turn
     * @param kept that are over
     */
    public record Limits(int running, int pending, int kept) {
        public static final Limits DEFAULT = new Limits(8, 512, 256);
    }

    /** What work returns that failed and has more to say of it than why. */
    public record Failed(Object report, ProblemException problem) {}

    /** How much there is to do. */
    public record Load(int pending, int running) {}

    private static final class Running {
        final String id;
        final String kind;
        final String target;
        final String subject;
        final Instant createdAt;
        final Callable<@Nullable Object> work;
        String status = "pending";
        String says = "";
        long steps;

        @Nullable
        Instant startedAt;

        @Nullable
        Instant finishedAt;

        @Nullable
        JsonNode result;

        @Nullable
        Problem problem;

        Running(
                String id,
                String kind,
                String target,
                String subject,
                Instant createdAt,
                Callable<@Nullable Object> work) {
            this.id = id;
            this.kind = kind;
            this.target = target;
            this.subject = subject;
            this.createdAt = createdAt;
            this.work = work;
        }

        Operation view() {
            return new Operation(
                    id, kind, target, status, says, steps, createdAt, startedAt, finishedAt, result, problem);
        }
    }

    /** @param translator makes a problem of what work throws */
    public Operations(Limits limits, InstantSource clock, Function<Throwable, ProblemException> translator) {
        this.limits = limits;
        this.clock = clock;
        this.translator = translator;
        // Ids of two runs of the daemon do not meet.
        this.prefix = Long.toString(clock.millis() / 1000, 36) + "-";
    }

    /**
     * Begins one.
     *
     * @param target as the request named it
     * @param subject by which {@link #happened} knows what it is about
     * @param work returns the thing as it is afterwards, or null
     * @throws ProblemException {@code TOO_MANY}, {@code UNAVAILABLE}
     */
    public Operation begin(String kind, String target, String subject, Callable<@Nullable Object> work) {
        synchronized (this) {
            if (closed) {
                throw new ProblemException(ProblemCode.UNAVAILABLE, "The daemon is stopping.");
            }
            if (pending.size() >= limits.pending()) {
                throw new ProblemException(
                        ProblemCode.TOO_MANY,
                        "There are " + limits.pending()
                                + " operations waiting for their turn, which is the limit; wait for some to end.");
            }
            Running begun = new Running(prefix + ++created, kind, target, subject, now(), work);
            all.put(begun.id, begun);
            pending.add(begun);
            startNext();
            return begun.view();
        }
    }

    // Called with the lock held.
    private void startNext() {
        while (running < limits.running() && !closed) {
            Running next = pending.poll();
            if (next == null) {
                return;
            }
            running++;
            next.status = "running";
            next.startedAt = now();
            Thread.ofVirtual().name("operation " + next.id).start(() -> run(next));
        }
    }

    private void run(Running operation) {
        JsonNode result = null;
        Problem problem = null;
        try {
            Object made = operation.work.call();
            if (made instanceof Failed failed) {
                problem = failed.problem().document();
                made = failed.report();
            }
            result = made == null ? null : Json.tree(made);
        } catch (Exception | StackOverflowError e) {
            if (e instanceof InterruptedException) {
                Thread.currentThread().interrupt();
            }
            problem = translator.apply(e).document();
        }
        synchronized (this) {
            operation.result = result;
            operation.problem = problem;
            if (problem != null) {
                operation.says = problem.detail();
            }
            end(operation, problem == null ? "succeeded" : "failed");
            running--;
            startNext();
        }
    }

    // Called with the lock held.
    private void end(Running operation, String status) {
        operation.status = status;
        operation.finishedAt = now();
        int over = 0;
        for (Running each : all.values()) {
            over += each.finishedAt == null ? 0 : 1;
        }
        Iterator<Running> oldest = all.values().iterator();
        while (over > limits.kept() && oldest.hasNext()) {
            if (oldest.next().finishedAt != null) {
                oldest.remove();
                over--;
            }
        }
        notifyAll();
    }

    /** Something happened to what operations that run may be about. */
    public synchronized void happened(String subject, String sentence) {
        for (Running each : all.values()) {
            if (each.status.equals("running") && each.subject.equals(subject)) {
                each.says = sentence;
                each.steps++;
                notifyAll();
            }
        }
    }

    /** All that are kept, oldest first. */
    public synchronized List<Operation> list() {
        List<Operation> views = new ArrayList<>();
        all.values().forEach(each -> views.add(each.view()));
        return views;
    }

    /** How many wait for their turn, and how many run. */
    public synchronized Load load() {
        return new Load(pending.size(), running);
    }

    /** @throws ProblemException {@code NOT_FOUND} */
    public synchronized Operation get(String id) {
        return find(id).view();
    }

    /** Waits until it is over, or the time is. @return it, as it is then @throws ProblemException {@code NOT_FOUND} */
    public synchronized Operation await(String id, long timeoutMillis) throws InterruptedException {
        Running operation = find(id);
        long limit = System.nanoTime() + timeoutMillis * 1_000_000;
        while (operation.finishedAt == null) {
            long left = (limit - System.nanoTime()) / 1_000_000;
            if (left <= 0) {
                break;
            }
            wait(left);
        }
        return operation.view();
    }

    /** Takes one back that waits for its turn. @throws ProblemException {@code NOT_FOUND}, {@code NOT_CANCELLABLE} */
    public synchronized Operation cancel(String id) {
        Running operation = find(id);
        if (!pending.remove(operation)) {
            throw new ProblemException(
                    ProblemCode.NOT_CANCELLABLE,
                    "Operation " + id + " is " + operation.status + ", and only pending ones can be cancelled"
                            + (operation.status.equals("running")
                                    ? ": each step of a GPU is finished or undone, never left half-way."
                                    : "."));
        }
        operation.says = "Cancelled before it began.";
        end(operation, "cancelled");
        return operation.view();
    }

    private Running find(String id) {
        Running operation = all.get(id);
        if (operation == null) {
            throw new ProblemException(
                    ProblemCode.NOT_FOUND,
                    "There is no operation of that id; the last " + limits.kept() + " that are over are kept.");
        }
        return operation;
    }

    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MILLIS);
    }

    /** Cancels what waits and gives what runs some time. */
    @Override
    public synchronized void close() {
        closed = true;
        while (!pending.isEmpty()) {
            end(pending.remove(), "cancelled");
        }
        long limit = System.nanoTime() + 10_000_000_000L;
        boolean interrupted = false;
        while (running > 0 && System.nanoTime() < limit) {
            try {
                wait(100);
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
