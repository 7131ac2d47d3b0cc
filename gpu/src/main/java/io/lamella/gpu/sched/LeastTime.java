// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.sched;

import org.jspecify.annotations.Nullable;

/**
 * Equal and fixed share without strict round robin: the member that has had the least time runs. Each member's progress is the time it has had
 * divided by its part; a clock shows the progress of a member that has exactly its part at every moment. A member ahead of the clock has had more
 * than its part and waits while the time of idle ones passes. One that comes back from idleness starts at the clock: what it left
 * unused is gone.
 */
final class LeastTime implements Sharing {
    /** Progress of a nanosecond; more than 1 so that division loses little. */
    private static final long UNIT = 64;
    /** How many rounds the clock may be ahead of the members, which happens when the engine cannot give all that was promised. */
    private static final int MOST_ROUNDS_BEHIND = 8;

    private final SchedulerPolicy policy;
    private final Members members;
    private final boolean fixed;
    private long clock;
    private long settledNanos;
    private @Nullable Member current;

    LeastTime(SchedulerPolicy policy, Members members, long nowNanos) {
        this.policy = policy;
        this.members = members;
        this.fixed = policy.kind() == SchedulerPolicy.Kind.FIXED_SHARE;
        this.settledNanos = nowNanos;
    }

    @Override
    public void settle(long nowNanos) {
        long parts = parts();
        if (parts > 0) {
            clock += (nowNanos - settledNanos) * UNIT / parts;
        }
        settledNanos = nowNanos;
    }

    @Override
    public void joined(Member member) {
        member.budgetNanos = 0;
        if (member.progress - clock < 0) {
            member.progress = clock;
        }
    }

    @Override
    public void parted(Member member) {
        if (current == member) {
            current = null;
        }
    }

    @Override
    public void woke(Member member) {
        long start = clock;
        for (int i = 0; i < members.count(); i++) {
            Member other = members.get(i);
            if (other != member && other.runnable && other.progress - start < 0) {
                start = other.progress;
            }
        }
        if (member.progress - start < 0) {
            member.progress = start;
        }
    }

    @Override
    public void decide(long nowNanos, Decision decision) {
        Member same = current;
        if (same != null && same.runnable && same.budgetNanos > 0) {
            decision.run(same, nowNanos, same.budgetNanos, Reason.SAME_TURN);
            return;
        }
        long slice = policy.sliceNanos(members.density());
        Member least = least(false);
        if (least == null) {
            throw new IllegalStateException("Nobody has work.");
        }
        long sliceProgress = slice * UNIT * (fixed ? members.density() : 1);
        holdClock(MOST_ROUNDS_BEHIND * sliceProgress);
        Member urgent = least(true);
        if (urgent != null
                && urgent != least
                && urgent.progress - clock <= 0
                && urgent.progress - least.progress <= sliceProgress) {
            start(urgent, nowNanos, slice, Reason.HIGH_PRIORITY, decision);
        } else if (least.progress - clock <= 0 || nothingKept()) {
            start(least, nowNanos, slice, Reason.LEAST_TIME, decision);
        } else {
            decision.idle(nowNanos, Math.ceilDiv((least.progress - clock) * parts(), UNIT));
        }
    }

    /** Sets the clock back if the members are further behind it on average: nobody has had that time. */
    private void holdClock(long mostBehind) {
        double behind = 0;
        double parts = 0;
        for (int i = 0; i < members.count(); i++) {
            Member member = members.get(i);
            if (member.runnable || member.progress - clock > 0) {
                double part = fixed ? 1.0 / instances(member) : weight(member);
                behind += part * (clock - member.progress);
                parts += part;
            }
        }
        if (behind > mostBehind * parts) {
            clock -= (long) (behind / parts) - mostBehind;
        }
    }

    private void start(Member member, long nowNanos, long sliceNanos, Reason why, Decision decision) {
        current = member;
        member.budgetNanos = sliceNanos;
        decision.run(member, nowNanos, sliceNanos, why);
    }

    @Override
    public void ran(Member member, long nowNanos, long usedNanos, long overshootNanos) {
        member.budgetNanos = Math.max(0, member.budgetNanos - usedNanos);
        member.progress += fixed ? usedNanos * UNIT * instances(member) : usedNanos * UNIT / weight(member);
    }

    private @Nullable Member least(boolean urgent) {
        Member least = null;
        for (int i = 0; i < members.count(); i++) {
            Member member = members.get(i);
            if (member.runnable
                    && (!urgent || member.is(Priority.HIGH))
                    && (least == null || member.progress - least.progress < 0)) {
                least = member;
            }
        }
        return least;
    }

    /** Whether no time belongs to anybody who is idle or not there. */
    private boolean nothingKept() {
        if (fixed) {
            return false;
        }
        for (int i = 0; i < members.count(); i++) {
            Member member = members.get(i);
            if (!member.runnable && member.is(Priority.NORMAL)) {
                return false;
            }
        }
        return true;
    }

    /** In how many parts the engine's time goes: the clock is that much slower than time. */
    private long parts() {
        if (fixed) {
            return 1;
        }
        long parts = 0;
        for (int i = 0; i < members.count(); i++) {
            Member member = members.get(i);
            parts += member.runnable || member.is(Priority.NORMAL) ? weight(member) : 0;
        }
        return parts;
    }

    private int instances(Member member) {
        int instances = member.settings.maxInstances();
        return instances == 0 ? members.density() : instances;
    }

    private long weight(Member member) {
        return policy.weighted() ? member.settings.weight() : 1;
    }
}
