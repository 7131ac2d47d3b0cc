// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.sched;

import static io.lamella.gpu.sched.VirtualEngine.MILLI;
import static io.lamella.gpu.sched.VirtualEngine.SECOND;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.lamella.gpu.sched.VirtualEngine.Load;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** How long a member with work may wait. */
class WaitingTest {
    private static final List<Priority> PRIORITIES = List.of(Priority.values());

    static Priority any(Random random) {
        return PRIORITIES.get(random.nextInt(PRIORITIES.size()));
    }

    /**
     * Nobody waits longer than everybody's slice and overshoot, twice: once because the others go first, once because it had
     * its own time first. With high priorities under best effort, every turn may have a jump before it.
     */
    @Test
    void nobodyStarves() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (SchedulerPolicy policy : ChangesTest.ALL) {
            for (int round = 0; round < 6; round++) {
                VirtualEngine engine = new VirtualEngine(policy);
                int count = 2 + random.nextInt(7);
                long overshoot = MILLI / 4;
                for (int id = 0; id < count; id++) {
                    MemberSettings settings = MemberSettings.vgpu(id, 8).withPriority(any(random));
                    Load load =
                            random.nextBoolean() ? engine.addBusy(settings) : comesAndGoes(engine, settings, random);
                    load.overshoot = () -> random.nextLong(overshoot);
                }
                engine.runFor(5 * SECOND);
                long bound = 16 * (engine.scheduler.sliceNanos() + overshoot);
                for (Load load : engine.loads) {
                    assertThat(load.worstWait)
                            .as("%s of %d under %s, seed %d", load.member.settings(), count, policy, seed)
                            .isLessThanOrEqualTo(bound);
                    assertThat(load.served).isPositive();
                }
            }
        }
    }

    /** Urgent work that needs less than its share waits for one slice, and its overshoot, at most. */
    @Test
    void urgentWorkIsNext() {
        for (SchedulerPolicy policy : ChangesTest.ALL) {
            VirtualEngine engine = new VirtualEngine(policy);
            for (int id = 1; id < 8; id++) {
                engine.addBusy(MemberSettings.vgpu(id, 8)).overshoot = () -> 10_000;
            }
            Load urgent = engine.add(MemberSettings.vgpu(0, 8).withPriority(Priority.HIGH));
            // A hundredth of the engine, out of step with the rounds.
            repeat(engine, urgent, 30_000, 3_100_123, 5 * SECOND);
            engine.runFor(5 * SECOND);
            assertThat(urgent.worstWait)
                    .as("%s", policy)
                    .isPositive()
                    .isLessThanOrEqualTo(engine.scheduler.sliceNanos() + 10_000);
        }
    }

    /** The same work at normal priority waits for its turn: that is the difference. */
    @Test
    void otherWorkWaitsForItsTurn() {
        VirtualEngine engine = new VirtualEngine(SchedulerPolicy.bestEffort());
        for (int id = 1; id < 8; id++) {
            engine.addBusy(MemberSettings.vgpu(id, 8));
        }
        Load normal = engine.add(MemberSettings.vgpu(0, 8));
        repeat(engine, normal, 30_000, 3_100_123, 5 * SECOND);
        engine.runFor(5 * SECOND);
        // As the one whose last turn is longest ago it goes first, unless it has just had one.
        assertThat(normal.worstWait).isGreaterThan(2 * MILLI).isLessThanOrEqualTo(7 * 2 * MILLI);
    }

    /** A member with time left never waits for an idle one's time to pass. */
    @Test
    void smallWorkDoesNotWaitForIdleMembers() {
        for (SchedulerPolicy policy : ChangesTest.ALL) {
            VirtualEngine engine = new VirtualEngine(policy);
            for (int id = 1; id < 8; id++) {
                engine.add(MemberSettings.vgpu(id, 8));
            }
            Load only = engine.add(MemberSettings.vgpu(0, 8));
            repeat(engine, only, 10_000, 3_000_017, 5 * SECOND);
            engine.runFor(5 * SECOND);
            assertThat(only.worstWait).as("%s", policy).isZero();
        }
    }

    /** Going idle before the slice ends and coming back at once brings no more time than the share. */
    @Test
    void yieldingEarlyBringsNothing() {
        for (SchedulerPolicy policy : ChangesTest.ALL) {
            if (policy.kind() == SchedulerPolicy.Kind.BEST_EFFORT) {
                continue;
            }
            VirtualEngine engine = new VirtualEngine(policy);
            for (int id = 1; id < 4; id++) {
                engine.add(MemberSettings.vgpu(id, 4));
            }
            Load sly = engine.add(MemberSettings.vgpu(0, 4));
            Runnable[] again = new Runnable[1];
            again[0] = () -> {
                if (sly.backlog == 0) {
                    engine.arrive(sly, engine.scheduler.sliceNanos() - 1000);
                }
                engine.at(engine.now + 500, again[0]);
            };
            engine.at(0, again[0]);
            engine.runFor(2 * SECOND);
            assertThat(engine.shareOf(sly)).as("%s", policy).isLessThan(0.2525);
        }
    }

    /** Where switching takes so long that nobody has all of its share, what is missing is no claim on the time to come. */
    @Test
    void timeThatNobodyHadIsNotOwed() {
        for (SchedulerPolicy policy : ChangesTest.ALL) {
            if (policy.kind() != SchedulerPolicy.Kind.FIXED_SHARE) {
                continue;
            }
            VirtualEngine engine = new VirtualEngine(policy);
            engine.switchNanos = MILLI / 5;
            long[] work = {VirtualEngine.FOREVER, 30 * SECOND, 30 * SECOND};
            for (int id = 0; id < work.length; id++) {
                engine.arrive(engine.add(MemberSettings.vgpu(id, 4)), work[id]);
            }
            Load sometimes = engine.add(MemberSettings.vgpu(3, 4));
            repeat(engine, sometimes, 100 * MILLI, 450 * MILLI, 100 * SECOND);
            engine.runFor(100 * SECOND);
            assertThat(sometimes.worstWait)
                    .as("%s", policy)
                    .isLessThanOrEqualTo(8 * (engine.scheduler.sliceNanos() + engine.switchNanos));
            engine.runUntil(150 * SECOND);
            Load last = engine.loads.getFirst();
            long before = last.served;
            engine.scheduler.idle(sometimes.member, engine.now);
            engine.runFor(SECOND);
            assertThat((last.served - before) / (double) SECOND).isLessThan(0.27);
        }
    }

    private static void repeat(VirtualEngine engine, Load load, long nanos, long every, long until) {
        for (long time = every; time < until; time += every) {
            engine.at(time, () -> engine.arrive(load, nanos));
        }
    }

    private static Load comesAndGoes(VirtualEngine engine, MemberSettings settings, Random random) {
        Load load = engine.add(settings);
        long time = 0;
        long mean = 100_000L << random.nextInt(7);
        while (time < 5 * SECOND) {
            time += 1 + random.nextLong(2 * mean);
            long size = 1 + random.nextLong(mean);
            engine.at(time, () -> engine.arrive(load, size));
        }
        return load;
    }

    /** Where the engine stands still for others, it may wake late each time: that is the others' time too. */
    @Test
    void wakingLateCostsNobodyItsShare() {
        for (SchedulerPolicy policy : ChangesTest.ALL) {
            if (policy.kind() == SchedulerPolicy.Kind.FIXED_SHARE) {
                VirtualEngine engine = new VirtualEngine(policy);
                engine.lateNanos = 1_700_000;
                Load one = engine.addBusy(MemberSettings.vgpu(0, 4));
                Load other = engine.addBusy(MemberSettings.vgpu(1, 4));
                engine.runFor(5 * SECOND);
                assertThat(engine.shareOf(one)).as("%s", policy).isCloseTo(0.25, within(0.001));
                assertThat(engine.shareOf(other)).as("%s", policy).isCloseTo(0.25, within(0.001));
            } else if (policy.kind() == SchedulerPolicy.Kind.EQUAL_SHARE) {
                VirtualEngine engine = new VirtualEngine(policy);
                engine.lateNanos = 1_700_000;
                Load busy = engine.addBusy(MemberSettings.vgpu(0, 4));
                engine.add(MemberSettings.vgpu(1, 4));
                engine.runFor(5 * SECOND);
                assertThat(engine.shareOf(busy)).as("%s", policy).isCloseTo(0.5, within(0.001));
            }
        }
    }

    /** Standing still for a long time because nobody had work is nothing that anybody owes or is owed. */
    @Test
    void aLongRestIsForgotten() {
        VirtualEngine engine = new VirtualEngine(SchedulerPolicy.strict(SchedulerPolicy.Kind.FIXED_SHARE));
        Load one = engine.add(MemberSettings.vgpu(0, 4));
        engine.arrive(one, 10 * MILLI);
        engine.runFor(60 * SECOND);
        long before = one.served;
        engine.arrive(one, VirtualEngine.FOREVER);
        engine.runFor(SECOND / 10);
        assertThat((one.served - before) / (SECOND / 10.0)).isCloseTo(0.25, within(0.03));
    }
}
