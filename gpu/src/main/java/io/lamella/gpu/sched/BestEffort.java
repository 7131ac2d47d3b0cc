// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.sched;

import org.jspecify.annotations.Nullable;

/**
 * Best effort: whoever has work takes turns, and nothing is kept for anybody. The next is the one whose last turn is longest ago, which is
 * round robin while all have work. {@link Member#progress} is the number of its last turn.
 */
final class BestEffort implements Sharing {
    private final SchedulerPolicy policy;
    private final Members members;
    private @Nullable Member current;
    private boolean jumped;
    private long turns;

    BestEffort(SchedulerPolicy policy, Members members) {
        this.policy = policy;
        this.members = members;
    }

    @Override
    public void settle(long nowNanos) {}

    @Override
    public void joined(Member member) {}

    @Override
    public void parted(Member member) {
        if (current == member) {
            current = null;
        }
    }

    @Override
    public void woke(Member member) {}

    @Override
    public void decide(long nowNanos, Decision decision) {
        Member same = current;
        if (same != null && same.runnable && same.budgetNanos > 0) {
            decision.run(same, nowNanos, same.budgetNanos, Reason.SAME_TURN);
            return;
        }
        // One turn between two jumps is everybody's, so that urgent work cannot keep the others from the engine.
        Member urgent = jumped ? null : nextOf(true);
        Member chosen = urgent != null ? urgent : nextOf(false);
        if (chosen == null) {
            chosen = nextOf(true);
        }
        if (chosen == null) {
            throw new IllegalStateException("Nobody has work.");
        }
        jumped = urgent != null;
        current = chosen;
        chosen.budgetNanos = policy.sliceNanos(members.density());
        decision.run(chosen, nowNanos, chosen.budgetNanos, urgent != null ? Reason.HIGH_PRIORITY : Reason.TURN);
    }

    /** The member with work that has waited longest for a turn, among the urgent ones or among the others. */
    private @Nullable Member nextOf(boolean urgent) {
        Member found = null;
        for (int i = 0; i < members.count(); i++) {
            Member member = members.get(i);
            if (member.runnable
                    && member.is(Priority.HIGH) == urgent
                    && (found == null || member.progress < found.progress)) {
                found = member;
            }
        }
        return found;
    }

    @Override
    public void ran(Member member, long nowNanos, long usedNanos, long overshootNanos) {
        member.budgetNanos = Math.max(0, member.budgetNanos - usedNanos);
        member.progress = ++turns;
    }
}
