// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.sched;

import static io.lamella.gpu.sched.VirtualEngine.MILLI;
import static io.lamella.gpu.sched.VirtualEngine.SECOND;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.lamella.gpu.sched.SchedulerPolicy.Kind;
import io.lamella.gpu.sched.VirtualEngine.Load;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Members, policies and settings that change while work goes on. */
class ChangesTest {
    static final List<SchedulerPolicy> ALL = List.of(
            SchedulerPolicy.bestEffort(),
            SchedulerPolicy.strict(Kind.EQUAL_SHARE),
            SchedulerPolicy.strict(Kind.EQUAL_SHARE, 960, 1),
            SchedulerPolicy.leastTime(Kind.EQUAL_SHARE, 0),
            SchedulerPolicy.strict(Kind.FIXED_SHARE),
            SchedulerPolicy.strict(Kind.FIXED_SHARE, 100, 60),
            SchedulerPolicy.leastTime(Kind.FIXED_SHARE, 3));

    private static double expected(SchedulerPolicy policy, int count) {
        return policy.kind() == Kind.FIXED_SHARE ? 0.125 : 1.0 / count;
    }

    @Test
    void sharesFollowAsMembersComeAndGo() {
        for (SchedulerPolicy policy : ALL) {
            VirtualEngine engine = new VirtualEngine(policy);
            Load first = engine.addBusy(MemberSettings.vgpu(0, 8));
            for (int count : new int[] {1, 3, 8, 5, 2, 1}) {
                while (engine.loads.size() < count) {
                    engine.addBusy(MemberSettings.vgpu(engine.loads.size(), 8));
                }
                while (engine.loads.size() > count) {
                    engine.remove(engine.loads.getLast());
                }
                long before = first.served;
                engine.runFor(10 * SECOND);
                assertThat((first.served - before) / (10.0 * SECOND))
                        .as("%s, %d", policy, count)
                        .isCloseTo(expected(policy, count), within(0.015));
            }
        }
    }

    @Test
    void everyPolicyCanFollowEveryOtherWhileWorkGoesOn() {
        for (SchedulerPolicy from : ALL) {
            for (SchedulerPolicy to : ALL) {
                VirtualEngine engine = new VirtualEngine(from);
                for (int id = 0; id < 3; id++) {
                    engine.addBusy(MemberSettings.vgpu(id, 8)).overshoot = () -> 50_000;
                }
                // In the middle of a slice.
                engine.at(2 * SECOND + 777, () -> engine.scheduler.setPolicy(to, engine.now));
                engine.runUntil(3 * SECOND);
                assertThat(engine.scheduler.policy()).isEqualTo(to);
                long[] before =
                        engine.loads.stream().mapToLong(load -> load.served).toArray();
                engine.runFor(10 * SECOND);
                for (Load load : engine.loads) {
                    assertThat((load.served - before[load.id()]) / (10.0 * SECOND))
                            .as("%s to %s", from, to)
                            .isCloseTo(expected(to, 3), within(0.005));
                }
                assertThat(engine.scheduler.log().getLast().targetSliceNanos())
                        .isLessThanOrEqualTo(engine.scheduler.sliceNanos());
            }
        }
    }

    @Test
    void overshootStaysOwedBetweenPoliciesThatTakeItBack() {
        VirtualEngine engine = new VirtualEngine(SchedulerPolicy.strict(Kind.EQUAL_SHARE));
        Load late = engine.addBusy(MemberSettings.vgpu(0, 4));
        engine.addBusy(MemberSettings.vgpu(1, 4));
        late.overshoot = () -> 5 * MILLI;
        engine.runFor(50 * MILLI);
        late.overshoot = () -> 0;
        long owed = late.member.debtNanos();
        assertThat(owed).isPositive();
        engine.scheduler.setPolicy(SchedulerPolicy.strict(Kind.FIXED_SHARE), engine.now);
        assertThat(late.member.debtNanos()).isEqualTo(owed);
        engine.scheduler.setPolicy(SchedulerPolicy.bestEffort(), engine.now);
        assertThat(late.member.debtNanos()).isZero();
    }

    @Test
    void priorityAndWeightCanChangeWhileWorkGoesOn() {
        VirtualEngine engine = new VirtualEngine(SchedulerPolicy.strict(Kind.EQUAL_SHARE));
        Load one = engine.addBusy(MemberSettings.vgpu(0, 4));
        engine.addBusy(MemberSettings.vgpu(1, 4));
        engine.runFor(SECOND);
        engine.scheduler.update(
                one.member, MemberSettings.vgpu(0, 4).withWeight(3).withPriority(Priority.LOW), engine.now);
        long before = one.served;
        engine.runFor(10 * SECOND);
        assertThat((one.served - before) / (10.0 * SECOND)).isCloseTo(0.75, within(0.002));
    }

    @Test
    void refusesWhatCannotBe() {
        EngineScheduler scheduler = new EngineScheduler(SchedulerPolicy.bestEffort(), 0);
        Member half = scheduler.add(MemberSettings.vgpu(0, 2), 0);
        scheduler.add(MemberSettings.vgpu(1, 2), 0);
        scheduler.add(MemberSettings.vgpu(2, 4), 0);
        assertThatThrownBy(() -> scheduler.setPolicy(SchedulerPolicy.strict(Kind.FIXED_SHARE), 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("125 %");
        assertThat(scheduler.policy()).isEqualTo(SchedulerPolicy.bestEffort());
        assertThatThrownBy(() -> scheduler.add(MemberSettings.vgpu(1, 2), 0)).hasMessageContaining("member 1 already");
        assertThatThrownBy(() -> scheduler.ran(0)).isInstanceOf(IllegalStateException.class);
        scheduler.runnable(half, 0);
        scheduler.next(0);
        assertThatThrownBy(() -> scheduler.next(0)).isInstanceOf(IllegalStateException.class);
        scheduler.remove(half, 10);
        assertThatThrownBy(() -> scheduler.runnable(half, 0)).hasMessageContaining("not in this runlist");
        scheduler.setPolicy(SchedulerPolicy.strict(Kind.FIXED_SHARE), 20);
        assertThatThrownBy(() -> scheduler.add(MemberSettings.vgpu(7, 2), 20)).hasMessageContaining("125 %");
        for (int id = 10; id < 10 + EngineScheduler.MAX_MEMBERS - 2; id++) {
            scheduler.add(new MemberSettings(id, 1, 0, Priority.LOW, 0), 20);
        }
        assertThatThrownBy(() -> scheduler.add(new MemberSettings(9, 1, 0, Priority.LOW, 0), 20))
                .hasMessageContaining("all it can have");
    }

    @Test
    void three32ndsAreNotTooMany() {
        for (int instances : new int[] {3, 6, 7, 12, 24, 32}) {
            EngineScheduler scheduler = new EngineScheduler(SchedulerPolicy.strict(Kind.FIXED_SHARE), 0);
            for (int id = 0; id < instances; id++) {
                scheduler.add(MemberSettings.vgpu(id, instances), 0);
            }
            assertThatThrownBy(() -> scheduler.add(MemberSettings.vgpu(99, instances), 0))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    /** Whatever happens in whatever order: the books stay right, and nobody with work is left alone. */
    @Test
    void survivesRandomChanges() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int round = 0; round < 60; round++) {
            VirtualEngine engine = new VirtualEngine(ALL.get(random.nextInt(ALL.size())));
            List<Load> parted = new ArrayList<>();
            int[] ids = {0};
            for (int i = 0; i < 400; i++) {
                engine.at(random.nextLong(SECOND), () -> change(engine, random, ids, parted));
            }
            engine.runFor(SECOND);
            long served = 0;
            for (List<Load> loads : List.of(engine.loads, parted)) {
                for (Load load : loads) {
                    served += load.served;
                    assertThat(load.member.ranNanos()).as("seed %d", seed).isEqualTo(load.served);
                }
            }
            // The last run may end after the second.
            assertThat(served + engine.idled).as("seed %d", seed).isEqualTo(engine.now);
            for (Load load : engine.loads) {
                long before = load.served;
                engine.arrive(load, VirtualEngine.FOREVER);
                load.overshoot = () -> 0;
                engine.runFor(3 * SECOND);
                assertThat(load.served).as("%s, seed %d", load.member, seed).isGreaterThan(before);
            }
        }
    }

    private static void change(VirtualEngine engine, Random random, int[] ids, List<Load> parted) {
        int what = random.nextInt(10);
        if (what < 2 && engine.loads.size() < 8) {
            MemberSettings settings = new MemberSettings(
                    ids[0]++, 1 + random.nextInt(4), random.nextInt(5) == 0 ? 0 : 8, WaitingTest.any(random), MILLI);
            Load load = engine.add(settings);
            load.overshoot = () -> random.nextInt(3) == 0 ? random.nextLong(3 * MILLI) : 0;
        } else if (what == 2) {
            engine.scheduler.setPolicy(ALL.get(random.nextInt(ALL.size())), engine.now);
        } else if (!engine.loads.isEmpty()) {
            Load load = engine.loads.get(random.nextInt(engine.loads.size()));
            if (what == 3) {
                engine.remove(load);
                parted.add(load);
            } else if (what == 4) {
                MemberSettings settings = load.member.settings();
                engine.scheduler.update(load.member, settings.withPriority(WaitingTest.any(random)), engine.now);
            } else {
                engine.arrive(load, 1 + random.nextLong(5 * MILLI));
            }
        }
    }
}
