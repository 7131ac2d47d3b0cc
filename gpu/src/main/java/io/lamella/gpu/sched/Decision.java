// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.sched;

import org.jspecify.annotations.Nullable;

/**
 * What an engine does next. There is one for each {@link EngineScheduler}, which fills it in again at each {@link EngineScheduler#next}.
 * Times are on the caller's clock.
 */
public final class Decision {
    @Nullable
    Member member;

    long sinceNanos;
    long untilNanos;
    Reason reason = Reason.NO_WORK;

    Decision() {}

    /** Who runs; null if the engine stays idle. */
    public @Nullable Member member() {
        return member;
    }

    /** When it was made. */
    public long sinceNanos() {
        return sinceNanos;
    }

    /**
     * When it ends at the latest. With a member: when to stop it. Without: when to ask again, {@link Long#MAX_VALUE} if only work can change
     * anything.
     */
    public long untilNanos() {
        return untilNanos;
    }

    /** When a member that does not stop counts as hung: its preemption timeout after {@link #untilNanos}; {@link Long#MAX_VALUE} for never. */
    public long hungNanos() {
        long timeout = member == null ? 0 : member.settings.preemptionTimeoutNanos();
        return timeout == 0 || untilNanos > Long.MAX_VALUE - timeout ? Long.MAX_VALUE : untilNanos + timeout;
    }

    /** Why. */
    public Reason reason() {
        return reason;
    }

    void run(Member chosen, long nowNanos, long grantNanos, Reason why) {
        member = chosen;
        sinceNanos = nowNanos;
        untilNanos = later(nowNanos, grantNanos);
        reason = why;
    }

    void idle(long nowNanos, long forNanos) {
        member = null;
        sinceNanos = nowNanos;
        untilNanos = later(nowNanos, forNanos);
        reason = Reason.UNUSED_SHARE;
    }

    void noWork(long nowNanos) {
        member = null;
        sinceNanos = nowNanos;
        untilNanos = Long.MAX_VALUE;
        reason = Reason.NO_WORK;
    }

    private static long later(long nowNanos, long nanos) {
        return nowNanos > Long.MAX_VALUE - nanos ? Long.MAX_VALUE : nowNanos + nanos;
    }

    @Override
    public String toString() {
        return (member == null ? "idle" : member.toString()) + " until " + untilNanos + " ns: " + reason;
    }
}
