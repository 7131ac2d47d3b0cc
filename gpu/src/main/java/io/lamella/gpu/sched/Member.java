// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.sched;

/** One vGPU (or the host's own work) in one runlist. Belongs to the thread that owns its {@link EngineScheduler}. */
public final class Member {
    MemberSettings settings;
    final EngineScheduler owner;
    boolean member = true;
    boolean runnable;
    /** When {@link #runnable} last changed. */
    long changedNanos;

    /** What it may still run in this round or turn. */
    long budgetNanos;
    /** Overshoot that it still owes. */
    long debtNanos;
    /** Time it has had per unit of its share; see {@link LeastTime}. */
    long progress;

    long ranNanos;
    long overshootNanos;
    long idleNanos;

    Member(MemberSettings settings, EngineScheduler owner, long nowNanos) {
        this.settings = settings;
        this.owner = owner;
        this.changedNanos = nowNanos;
    }

    /** What it is now. */
    public MemberSettings settings() {
        return settings;
    }

    /** Its number in the log. */
    public int id() {
        return settings.id();
    }

    /** Whether it has work. */
    public boolean isRunnable() {
        return runnable;
    }

    /** How long it has run since it joined. */
    public long ranNanos() {
        return ranNanos;
    }

    /** How long, of that, it ran past the end of its slices. */
    public long overshootNanos() {
        return overshootNanos;
    }

    /** What of the overshoot it still has to pay back. */
    public long debtNanos() {
        return debtNanos;
    }

    /** How long it has had no work since it joined. */
    public long idleNanos(long nowNanos) {
        return idleNanos + (runnable ? 0 : Math.max(0, nowNanos - changedNanos));
    }

    boolean is(Priority priority) {
        return settings.priority() == priority;
    }

    @Override
    public String toString() {
        return "member " + id() + (runnable ? " (has work)" : " (idle)");
    }
}
