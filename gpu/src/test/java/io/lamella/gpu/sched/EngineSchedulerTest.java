// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.sched;

import static io.lamella.gpu.sched.VirtualEngine.MILLI;
import static io.lamella.gpu.sched.VirtualEngine.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.lamella.gpu.sched.SchedulerPolicy.Kind;
import io.lamella.gpu.sched.VirtualEngine.Load;
import java.lang.management.ManagementFactory;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Decisions, their log, and what they cost. */
class EngineSchedulerTest {
    private static final List<Priority> PRIORITIES = List.of(Priority.values());

    @Test
    void asksForNothingWhileNobodyHasWork() {
        for (SchedulerPolicy policy : ChangesTest.ALL) {
            EngineScheduler scheduler = new EngineScheduler(policy, 0);
            Decision nobody = scheduler.next(0);
            assertThat(nobody.member()).isNull();
            assertThat(nobody.untilNanos()).isEqualTo(Long.MAX_VALUE);
            assertThat(nobody.reason()).isEqualTo(Reason.NO_WORK);
            Member member = scheduler.add(MemberSettings.vgpu(3, 4), 5);
            assertThat(scheduler.next(6).untilNanos()).isEqualTo(Long.MAX_VALUE);

            scheduler.runnable(member, 100);
            Decision work = scheduler.next(100);
            assertThat(work.member()).isSameAs(member);
            assertThat(work.sinceNanos()).isEqualTo(100);
            assertThat(work.untilNanos()).isEqualTo(100 + scheduler.sliceNanos());
            scheduler.idle(member, 200);
            scheduler.ran(200);
            assertThat(scheduler.next(200).untilNanos()).isEqualTo(Long.MAX_VALUE);
        }
    }

    @Test
    void saysWhenUnusedTimeIsOver() {
        EngineScheduler scheduler = new EngineScheduler(SchedulerPolicy.strict(Kind.FIXED_SHARE, 500, 0), 0);
        Member member = scheduler.add(MemberSettings.vgpu(0, 4), 0);
        scheduler.runnable(member, 0);
        assertThat(scheduler.next(0).untilNanos()).isEqualTo(2 * MILLI);
        scheduler.ran(2 * MILLI);
        Decision idle = scheduler.next(2 * MILLI);
        assertThat(idle.reason()).isEqualTo(Reason.UNUSED_SHARE);
        assertThat(idle.untilNanos()).isEqualTo(8 * MILLI);
        assertThat(scheduler.next(8 * MILLI).member()).isSameAs(member);
    }

    @Test
    void tellsWhenAMemberCountsAsHung() {
        EngineScheduler scheduler = new EngineScheduler(SchedulerPolicy.bestEffort(), 0);
        Member member = scheduler.add(MemberSettings.vgpu(0, 4).withPreemptionTimeout(640_000), 0);
        assertThat(scheduler.next(0).hungNanos()).isEqualTo(Long.MAX_VALUE);
        scheduler.runnable(member, 0);
        assertThat(scheduler.next(0).hungNanos()).isEqualTo(2 * MILLI + 640_000);
    }

    @Test
    void aCallerThatLooksAwayEarlyGoesOnWithTheSameTurn() {
        for (SchedulerPolicy policy : ChangesTest.ALL) {
            EngineScheduler scheduler = new EngineScheduler(policy, 0);
            Member first = scheduler.add(MemberSettings.vgpu(0, 2), 0);
            Member second = scheduler.add(MemberSettings.vgpu(1, 2), 0);
            scheduler.runnable(first, 0);
            scheduler.runnable(second, 0);
            long until = scheduler.next(0).untilNanos();
            scheduler.ran(1000);
            Decision same = scheduler.next(1000);
            assertThat(same.member()).as("%s", policy).isSameAs(first);
            assertThat(same.untilNanos()).isEqualTo(until);
            assertThat(same.reason()).isEqualTo(Reason.SAME_TURN);
            scheduler.ran(until);
            assertThat(scheduler.next(until).member()).isSameAs(second);
        }
    }

    @Test
    void logsTheLast200Runs() {
        VirtualEngine engine = new VirtualEngine(SchedulerPolicy.strict(Kind.EQUAL_SHARE, 500, 0));
        engine.now = 0;
        Load late = engine.addBusy(MemberSettings.vgpu(4, 8).withWeight(2));
        engine.addBusy(MemberSettings.vgpu(9, 8));
        engine.at(0, () -> engine.scheduler.idle(late.member, 0));
        engine.at(7 * MILLI, () -> engine.scheduler.runnable(late.member, engine.now));
        late.overshoot = () -> 1000;
        engine.runFor(2 * SECOND);

        List<LogEntry> log = engine.scheduler.log();
        assertThat(log).hasSize(200);
        List<VirtualEngine.Run> runs = engine.runs;
        for (int i = 0; i < 200; i++) {
            VirtualEngine.Run run = runs.get(runs.size() - 200 + i);
            LogEntry entry = log.get(i);
            assertThat(entry.id()).isEqualTo(run.id());
            assertThat(entry.timestampNanos()).isEqualTo(run.start() + run.usedNanos());
            assertThat(entry.runNanos()).isEqualTo(run.usedNanos());
            assertThat(entry.targetSliceNanos()).isEqualTo(run.targetNanos());
            assertThat(entry.weight()).isEqualTo(run.id() == 4 ? 2 : 1);
        }
        LogEntry last = log.reversed().stream()
                .filter(entry -> entry.id() == 4)
                .findFirst()
                .orElseThrow();
        long times = runs.stream().filter(run -> run.id() == 4).count();
        assertThat(last.totalRunNanos()).isEqualTo(late.served);
        assertThat(last.cumulativePreemptionNanos()).isEqualTo(1000 * times);
        assertThat(last.idleNanos()).isEqualTo(7 * MILLI);
    }

    @Test
    void aShortLogIsShort() {
        EngineScheduler scheduler = new EngineScheduler(SchedulerPolicy.bestEffort(), 0);
        assertThat(scheduler.log()).isEmpty();
        Member member = scheduler.add(MemberSettings.vgpu(7, 8), 0);
        scheduler.runnable(member, 30);
        scheduler.next(30);
        scheduler.ran(130);
        assertThat(scheduler.log()).containsExactly(new LogEntry(130, 100, 100, 7, 2 * MILLI, 0, 30, 1));
    }

    @Test
    void timeThatGoesBackwardsStandsStill() {
        for (SchedulerPolicy policy : ChangesTest.ALL) {
            EngineScheduler scheduler = new EngineScheduler(policy, 1000);
            Member member = scheduler.add(MemberSettings.vgpu(0, 8), 0);
            scheduler.runnable(member, 500);
            assertThat(scheduler.next(10).sinceNanos()).isEqualTo(1000);
            scheduler.ran(0);
            assertThat(member.ranNanos()).isZero();
            assertThat(scheduler.next(900).member()).isSameAs(member);
        }
    }

    @Test
    void decidesWithoutAllocating() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        for (SchedulerPolicy policy : ChangesTest.ALL) {
            EngineScheduler scheduler = new EngineScheduler(policy, 0);
            Member[] members = new Member[8];
            for (int id = 0; id < members.length; id++) {
                members[id] = scheduler.add(
                        MemberSettings.vgpu(id, 8).withPriority(PRIORITIES.get(id % PRIORITIES.size())), 0);
            }
            long now = decide(scheduler, members, 0, 2_000);
            long before = threads.getCurrentThreadAllocatedBytes();
            decide(scheduler, members, now, 20_000);
            long allocated = threads.getCurrentThreadAllocatedBytes() - before;
            assertThat(allocated).as("bytes in 20000 decisions, %s", policy).isLessThan(20_000);
        }
    }

    private static long decide(EngineScheduler scheduler, Member[] members, long start, int times) {
        long now = start;
        for (int i = 0; i < times; i++) {
            scheduler.runnable(members[i * 7 % members.length], now);
            Decision decision = scheduler.next(now);
            Member member = decision.member();
            if (member != null) {
                now = decision.untilNanos() + i % 3 * 10_000L;
                if (i % 5 == 0) {
                    scheduler.idle(member, now);
                }
                scheduler.ran(now);
            } else {
                now = decision.untilNanos() == Long.MAX_VALUE ? now + 1 : decision.untilNanos();
            }
        }
        return now;
    }
}
