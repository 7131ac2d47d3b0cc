// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.sched;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** An engine with loads, in virtual time: does what the scheduler says, and what its loads do to it. */
final class VirtualEngine {
    static final long MILLI = 1_000_000;
    static final long SECOND = 1_000_000_000;
    static final long FOREVER = Long.MAX_VALUE;

    /** One stretch on the engine. */
    record Run(int id, long start, long targetNanos, long usedNanos, Reason reason) {}

    private record Event(long time, long order, Runnable action) {}

    /** One member's work. */
    static final class Load {
        final Member member;
        /** Work left; {@link #FOREVER} never ends. */
        long backlog;
        /** How long it goes on when its slice is over and it has work. */
        LongSupplier overshoot = () -> 0;

        long served;
        long worstWait;
        private long waitsSince = -1;

        private Load(Member member) {
            this.member = member;
        }

        int id() {
            return member.id();
        }
    }

    final EngineScheduler scheduler;
    final List<Load> loads = new ArrayList<>();
    final List<Run> runs = new ArrayList<>();
    long now;
    long idled;
    long hung;
    /** What the engine needs between two runs. */
    long switchNanos;
    /** How much longer than it was told the engine stands still, as threads that sleep do. */
    long lateNanos;

    private final PriorityQueue<Event> events =
            new PriorityQueue<>(Comparator.comparingLong(Event::time).thenComparingLong(Event::order));
    private long order;
    private @Nullable Load running;

    VirtualEngine(SchedulerPolicy policy) {
        scheduler = new EngineScheduler(policy, 0);
    }

    Load add(MemberSettings settings) {
        Load load = new Load(scheduler.add(settings, now));
        loads.add(load);
        return load;
    }

    /** A member that always has work. */
    Load addBusy(MemberSettings settings) {
        Load load = add(settings);
        arrive(load, FOREVER);
        return load;
    }

    void remove(Load load) {
        scheduler.remove(load.member, now);
        loads.remove(load);
        if (running == load) {
            running = null;
        }
    }

    void arrive(Load load, long nanos) {
        load.backlog = load.backlog > FOREVER - nanos ? FOREVER : load.backlog + nanos;
        if (running != load && load.waitsSince < 0) {
            load.waitsSince = now;
        }
        scheduler.runnable(load.member, now);
    }

    void at(long time, Runnable action) {
        events.add(new Event(time, order++, action));
    }

    void runFor(long nanos) {
        runUntil(now + nanos);
    }

    void runUntil(long end) {
        while (now < end) {
            happen(now);
            Decision decision = scheduler.next(now);
            Member member = decision.member();
            if (member == null) {
                Event first = events.peek();
                long wakes = decision.untilNanos() > FOREVER - lateNanos ? FOREVER : decision.untilNanos() + lateNanos;
                long next = Math.min(end, Math.min(wakes, first == null ? end : first.time()));
                idled += next - now;
                now = next;
            } else {
                run(load(member), decision);
            }
        }
    }

    private void run(Load load, Decision decision) {
        running = load;
        load.worstWait = Math.max(load.worstWait, now - load.waitsSince);
        load.waitsSince = -1;
        long start = now;
        long target = decision.untilNanos() - now;
        long stop = load.backlog <= target ? now + load.backlog : decision.untilNanos() + load.overshoot.getAsLong();
        if (stop > decision.hungNanos()) {
            stop = decision.hungNanos();
            hung++;
        }
        happen(stop);
        boolean removed = running == null;
        now = removed ? now : stop;
        long used = now - start;
        load.served += used;
        if (runs.size() < 200_000) {
            runs.add(new Run(load.id(), start, target, used, decision.reason()));
        }
        running = null;
        if (!removed) {
            load.backlog -= load.backlog == FOREVER ? 0 : Math.min(used, load.backlog);
            if (load.backlog == 0) {
                scheduler.idle(load.member, now);
            } else {
                load.waitsSince = now;
            }
            scheduler.ran(now);
            now += switchNanos;
        }
    }

    /** Lets everything happen that is due by {@code time}, each at its time; stops early when the running load is taken away. */
    private void happen(long time) {
        boolean ran = running != null;
        for (Event event = events.peek(); event != null && event.time() <= time; event = events.peek()) {
            events.remove();
            now = Math.max(now, event.time());
            event.action().run();
            if (ran && running == null) {
                return;
            }
        }
    }

    private Load load(Member member) {
        return loads.stream().filter(load -> load.member == member).findFirst().orElseThrow();
    }

    double shareOf(Load load) {
        return (double) load.served / now;
    }
}
