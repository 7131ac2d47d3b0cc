// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.sched;

import org.jspecify.annotations.Nullable;

/**
 * Equal and fixed share in strict round robin. Time is dealt in rounds. In each, every member has a budget, its slice less what it pays back;
 * it may use it in pieces. Those with work go in turn; the idle ones' budgets pass while the engine stands still at the round's end, and only then
 * does the next round begin. So nobody waits for an idle member's turn while it has time left of its own, and nobody has more than its part.
 */
final class Rounds implements Sharing {
    /** More than that is a machine that was stopped, not a thread that woke late. */
    private static final int MOST_ROUNDS_LATE = 8;

    private final SchedulerPolicy policy;
    private final Members members;
    private final boolean fixed;
    private final int averagingFactor;

    /** What this round holds for nobody: under fixed share, the part of vGPUs that are not there. */
    private long spareNanos;
    /** How long the engine has stood still in this round. */
    private long idledNanos;

    /** By how much the engine has stood still for too long, and not made good for it. */
    private long lateNanos;

    private long settledNanos;
    private boolean running;
    private boolean standing;
    private @Nullable Member last;
    private boolean opened;
    private long sliceNanos;
    private int density = 1;
    private int leastWeight = 1;

    Rounds(SchedulerPolicy policy, Members members, long nowNanos, boolean running) {
        this.policy = policy;
        this.members = members;
        this.fixed = policy.kind() == SchedulerPolicy.Kind.FIXED_SHARE;
        this.averagingFactor = policy.effectiveAveragingFactor();
        this.settledNanos = nowNanos;
        this.running = running;
    }

    @Override
    public void settle(long nowNanos) {
        if (!running && opened) {
            long passed = nowNanos - settledNanos;
            // Time between two runs is the caller's; it passes at the expense of idle budgets, never of one that has
            // work.
            long left = Math.max(0, leftNanos());
            if (standing) {
                idledNanos += Math.min(passed, left);
                // Nobody has lost anything by it while nobody had work.
                lateNanos += members.anyRunnable() ? Math.max(0, passed - left) : 0;
            } else {
                idledNanos += Math.min(passed, Math.max(0, left - wantedNanos()));
            }
        }
        settledNanos = nowNanos;
    }

    @Override
    public void joined(Member member) {
        member.budgetNanos = 0;
        if (opened) {
            member.budgetNanos = sliceNanos(member);
            if (holdsFixedPart(member)) {
                spareNanos = Math.max(0, spareNanos - member.budgetNanos);
            }
        }
    }

    @Override
    public void parted(Member member) {
        if (holdsFixedPart(member)) {
            spareNanos += member.budgetNanos;
        }
        if (last == member) {
            last = null;
        }
    }

    @Override
    public void woke(Member member) {}

    @Override
    public void decide(long nowNanos, Decision decision) {
        standing = false;
        long left = leftNanos();
        while (left <= 0) {
            openRound();
            left = takeLateTime(leftNanos());
            if (left <= 0) {
                skipRounds();
            }
        }
        Member urgent = null;
        int turn = -1;
        for (int i = 0; i < members.count(); i++) {
            Member member = members.fromTurn(i);
            if (member.runnable && member.budgetNanos > 0) {
                turn = turn < 0 ? i : turn;
                urgent = urgent == null && member.is(Priority.HIGH) ? member : urgent;
            }
        }
        if (turn < 0) {
            standing = true;
            decision.idle(nowNanos, left);
            return;
        }
        Member chosen = members.fromTurn(turn);
        Reason why = chosen == last ? Reason.SAME_TURN : Reason.TURN;
        if (urgent != null && urgent != chosen) {
            chosen = urgent;
            why = Reason.HIGH_PRIORITY;
        } else {
            members.advance(turn);
            last = chosen;
        }
        running = true;
        decision.run(chosen, nowNanos, Math.min(chosen.budgetNanos, left), why);
    }

    @Override
    public void ran(Member member, long nowNanos, long usedNanos, long overshootNanos) {
        long within = Math.min(member.budgetNanos, usedNanos - overshootNanos);
        member.budgetNanos -= within;
        member.debtNanos += overshootNanos;
        if (!holdsFixedPart(member)) {
            spareNanos = Math.max(0, spareNanos - within);
        }
        running = false;
        settledNanos = nowNanos;
    }

    /** How much of this round is still to come. */
    private long leftNanos() {
        long kept = 0;
        long extra = 0;
        for (int i = 0; i < members.count(); i++) {
            Member member = members.get(i);
            if (counts(member)) {
                kept += member.budgetNanos;
            } else if (member.runnable) {
                extra += member.budgetNanos;
            }
        }
        return kept + Math.max(spareNanos, extra) - idledNanos;
    }

    /**
     * A caller that comes back late let more than nobody's time pass. The rounds that follow stand still for so much less, or everybody would get less than
     * their part of the engine.
     *
     * @return how much of the round is still to come
     */
    private long takeLateTime(long roundNanos) {
        long taken = Math.min(lateNanos, Math.max(0, roundNanos - wantedNanos()));
        idledNanos += taken;
        lateNanos = Math.min(lateNanos - taken, MOST_ROUNDS_LATE * roundNanos);
        return roundNanos - taken;
    }

    private long wantedNanos() {
        long wanted = 0;
        for (int i = 0; i < members.count(); i++) {
            Member member = members.get(i);
            wanted += member.runnable ? member.budgetNanos : 0;
        }
        return wanted;
    }

    private void openRound() {
        opened = true;
        idledNanos = 0;
        last = null;
        members.startOver();
        density = members.density();
        leastWeight = members.leastWeight();
        sliceNanos = policy.sliceNanos(density);
        long promised = 0;
        for (int i = 0; i < members.count(); i++) {
            Member member = members.get(i);
            long slice = sliceNanos(member);
            // Never more than the slice, or debt would be forgiven that was not paid.
            long cut = Math.min(slice, member.debtNanos / averagingFactor);
            member.debtNanos -= cut;
            member.budgetNanos = slice - cut;
            promised += holdsFixedPart(member) ? slice : 0;
        }
        spareNanos = fixed ? Math.max(0, sliceNanos * density - promised) : 0;
    }

    /** When everybody owes so much that rounds hold nothing: goes on to the last of those at once, with the same result. */
    private void skipRounds() {
        long rounds = Long.MAX_VALUE;
        for (int i = 0; i < members.count(); i++) {
            Member member = members.get(i);
            if (member.runnable || counts(member)) {
                rounds = Math.min(rounds, member.debtNanos / sliceNanos(member) - averagingFactor);
            }
        }
        for (int i = 0; i < members.count() && rounds > 0; i++) {
            Member member = members.get(i);
            member.debtNanos -= Math.min(member.debtNanos, rounds * sliceNanos(member));
        }
    }

    private long sliceNanos(Member member) {
        MemberSettings settings = member.settings;
        if (fixed) {
            return settings.maxInstances() == 0 ? sliceNanos : sliceNanos * density / settings.maxInstances();
        }
        return policy.weighted() ? sliceNanos * settings.weight() / leastWeight : sliceNanos;
    }

    /** Whether its budget is part of the round's length. */
    private boolean counts(Member member) {
        return fixed ? holdsFixedPart(member) : member.runnable || member.is(Priority.NORMAL);
    }

    private boolean holdsFixedPart(Member member) {
        return fixed && member.settings.maxInstances() > 0;
    }
}
