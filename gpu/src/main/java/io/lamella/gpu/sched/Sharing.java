// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.sched;

/** One way to share an engine. Called by {@link EngineScheduler} only, in the order of time. */
sealed interface Sharing permits BestEffort, Rounds, LeastTime {
    /** Brings the books up to this moment; called before anything changes. */
    void settle(long nowNanos);

    /** A member has been added. */
    void joined(Member member);

    /** A member has been removed. */
    void parted(Member member);

    /** An idle member has work now. */
    void woke(Member member);

    /** Says what comes next. Called only when somebody has work and nobody runs. */
    void decide(long nowNanos, Decision decision);

    /** A member has run: {@code usedNanos}, of which {@code overshootNanos} after the end of its slice. */
    void ran(Member member, long nowNanos, long usedNanos, long overshootNanos);
}
