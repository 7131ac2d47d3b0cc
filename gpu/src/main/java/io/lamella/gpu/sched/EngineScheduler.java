// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.sched;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Says who has an engine, until when and why. It decides and keeps the books; the caller runs the work and tells the time.
 *
 * <pre>{@code
 * Decision d = scheduler.next(now);       // who runs, or how long to wait
 * if (d.member() != null) {
 *     ... let it work until d.untilNanos() or until it has no work ...
 *     if (no work left) scheduler.idle(d.member(), now);
 *     scheduler.ran(now);                 // always, before anything is asked again
 * } else {
 *     ... sleep until d.untilNanos() or until a runnable(...) ...
 * }
 * }</pre>
 *
 * <p>Not for several threads: everything, the log too, belongs to the thread that runs the engine. Times are nanoseconds of one clock of the
 * caller's; a time before the last one counts as the last one. Nothing is allocated by {@link #next}, {@link #ran}, {@link #runnable} and {@link #idle}.
 */
public final class EngineScheduler {
    /** How many members a runlist can have: 32 vGPUs and two for the host. */
    public static final int MAX_MEMBERS = 34;

    /** Rounding of parts such as three thirds. */
    private static final double WHOLE = 1 + 1e-9;

    private final Members members = new Members(MAX_MEMBERS);
    private final Decision decision = new Decision();
    private final DecisionLog log = new DecisionLog();
    private SchedulerPolicy policy;
    private Sharing sharing;
    private @Nullable Member running;
    private long nowNanos;

    /** A runlist without members. */
    public EngineScheduler(SchedulerPolicy policy, long nowNanos) {
        this.policy = policy;
        this.nowNanos = nowNanos;
        this.sharing = sharing(policy);
    }

    /** The policy in force. */
    public SchedulerPolicy policy() {
        return policy;
    }

    /** How long a slice is with the members that are here now, before weights and pay-back. */
    public long sliceNanos() {
        return policy.sliceNanos(members.density());
    }

    /**
     * Changes the policy. A slice that runs goes on to its end; all that follow are the new policy's. Overshoot stays owed if both policies take it
     * back, and is forgotten otherwise.
     *
     * @throws IllegalArgumentException if it is fixed share and the members' shares are more than the GPU; nothing has changed then
     */
    public void setPolicy(SchedulerPolicy newPolicy, long now) {
        if (newPolicy.kind() == SchedulerPolicy.Kind.FIXED_SHARE) {
            requireShares(members.promised());
        }
        settle(now);
        boolean keepDebts = policy.effectiveAveragingFactor() > 0 && newPolicy.effectiveAveragingFactor() > 0;
        for (int i = 0; i < members.count(); i++) {
            Member member = members.get(i);
            member.debtNanos = keepDebts ? member.debtNanos : 0;
            member.budgetNanos = 0;
            member.progress = 0;
        }
        policy = newPolicy;
        sharing = sharing(newPolicy);
    }

    /**
     * Adds a member, idle at first.
     *
     * @throws IllegalArgumentException if the runlist is full, the id is taken, or its share is not there (fixed share)
     */
    public Member add(MemberSettings settings, long now) {
        if (members.isFull()) {
            throw new IllegalArgumentException(
                    "The runlist has " + MAX_MEMBERS + " members already, which is all it can have.");
        }
        if (members.hasId(settings.id())) {
            throw new IllegalArgumentException("The runlist has a member " + settings.id() + " already.");
        }
        if (policy.kind() == SchedulerPolicy.Kind.FIXED_SHARE) {
            requireShares(members.promised() + Members.part(settings));
        }
        settle(now);
        Member member = new Member(settings, this, nowNanos);
        members.add(member);
        sharing.joined(member);
        return member;
    }

    /** Takes a member out. If it runs, that ends now: there is nothing to report with {@link #ran} any more. */
    public void remove(Member member, long now) {
        requireMember(member);
        settle(now);
        if (running == member) {
            ran(now);
        }
        members.remove(member);
        member.member = false;
        member.runnable = false;
        sharing.parted(member);
    }

    /**
     * Changes a member's weight, priority, timeout or type. Weights count from the next round.
     *
     * @throws IllegalArgumentException if the id is another, or its share is not there (fixed share)
     */
    public void update(Member member, MemberSettings settings, long now) {
        requireMember(member);
        if (settings.id() != member.id()) {
            throw new IllegalArgumentException(
                    "A member keeps its id: it is " + member.id() + ", not " + settings.id() + ".");
        }
        if (policy.kind() == SchedulerPolicy.Kind.FIXED_SHARE) {
            requireShares(members.promised() - Members.part(member.settings) + Members.part(settings));
        }
        settle(now);
        sharing.parted(member);
        member.settings = settings;
        sharing.joined(member);
    }

    /** The member has work now. If the engine stands still, ask {@link #next} again. Says nothing new if it had work. */
    public void runnable(Member member, long now) {
        requireMember(member);
        if (!member.runnable) {
            settle(now);
            member.idleNanos += nowNanos - member.changedNanos;
            member.changedNanos = nowNanos;
            members.setRunnable(member, true);
            sharing.woke(member);
        }
    }

    /** The member has no work any more. Says nothing new if it had none. */
    public void idle(Member member, long now) {
        requireMember(member);
        if (member.runnable) {
            settle(now);
            member.changedNanos = nowNanos;
            members.setRunnable(member, false);
        }
    }

    /**
     * Who has the engine from now on.
     *
     * @return the same object each time, filled in anew
     * @throws IllegalStateException if a member still runs: {@link #ran} comes first
     */
    public Decision next(long now) {
        if (running != null) {
            throw new IllegalStateException(
                    running + " still runs: say when it stopped before asking what comes next.");
        }
        settle(now);
        if (members.anyRunnable()) {
            sharing.decide(nowNanos, decision);
            running = decision.member;
        } else {
            decision.noWork(nowNanos);
        }
        return decision;
    }

    /**
     * The member that was to run has stopped now.
     *
     * @throws IllegalStateException if none runs
     */
    public void ran(long now) {
        Member member = running;
        if (member == null) {
            throw new IllegalStateException("Nobody runs.");
        }
        settle(now);
        running = null;
        long used = nowNanos - decision.sinceNanos;
        long overshoot = Math.max(0, nowNanos - decision.untilNanos);
        member.ranNanos += used;
        member.overshootNanos += overshoot;
        sharing.ran(member, nowNanos, used, overshoot);
        log.add(member, nowNanos, used, decision.untilNanos - decision.sinceNanos);
    }

    /** The last 200 runs, oldest first. A copy. */
    public List<LogEntry> log() {
        return log.entries();
    }

    private Sharing sharing(SchedulerPolicy of) {
        if (of.kind() == SchedulerPolicy.Kind.BEST_EFFORT) {
            return new BestEffort(of, members);
        }
        return of.strictRoundRobin()
                ? new Rounds(of, members, nowNanos, running != null)
                : new LeastTime(of, members, nowNanos);
    }

    private void settle(long now) {
        nowNanos = Math.max(nowNanos, now);
        sharing.settle(nowNanos);
    }

    private void requireMember(Member member) {
        if (member.owner != this || !member.member) {
            throw new IllegalArgumentException(member + " is not in this runlist.");
        }
    }

    private static void requireShares(double promised) {
        if (promised > WHOLE) {
            throw new IllegalArgumentException(
                    "Fixed share gives each vGPU the part that its type has of the GPU. That would be "
                            + Math.round(promised * 100) + " % of it together; stop some vGPUs or take equal share.");
        }
    }
}
