// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.sched;

import static io.lamella.gpu.sched.VirtualEngine.MILLI;
import static io.lamella.gpu.sched.VirtualEngine.SECOND;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.lamella.gpu.sched.SchedulerPolicy.Kind;
import io.lamella.gpu.sched.VirtualEngine.Load;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Who gets how much in the long run, and with random work at every moment. */
class SharesTest {
    /** Of a run of ten seconds: less than one round of the longest slice. */
    private static final double CLOSE = 0.001;

    private static final List<SchedulerPolicy> EQUAL = List.of(
            SchedulerPolicy.strict(Kind.EQUAL_SHARE),
            SchedulerPolicy.strict(Kind.EQUAL_SHARE, 960, 60),
            SchedulerPolicy.leastTime(Kind.EQUAL_SHARE, 1),
            SchedulerPolicy.leastTime(Kind.EQUAL_SHARE, 0));
    private static final List<SchedulerPolicy> FIXED = List.of(
            SchedulerPolicy.strict(Kind.FIXED_SHARE),
            SchedulerPolicy.strict(Kind.FIXED_SHARE, 960, 1),
            SchedulerPolicy.leastTime(Kind.FIXED_SHARE, 1),
            SchedulerPolicy.leastTime(Kind.FIXED_SHARE, 0));

    @Test
    void equalShareGivesEveryBusyOneTheSame() {
        for (SchedulerPolicy policy : EQUAL) {
            for (int count : new int[] {1, 2, 3, 7, 32}) {
                VirtualEngine engine = new VirtualEngine(policy);
                for (int id = 0; id < count; id++) {
                    engine.addBusy(MemberSettings.vgpu(id, 32));
                }
                engine.runFor(10 * SECOND);
                for (Load load : engine.loads) {
                    assertThat(engine.shareOf(load)).as("%s, %d", policy, count).isCloseTo(1.0 / count, within(CLOSE));
                }
                assertThat(engine.idled).isZero();
            }
        }
    }

    @Test
    void equalShareKeepsTheTimeOfAnIdleOne() {
        for (SchedulerPolicy policy : EQUAL) {
            VirtualEngine engine = new VirtualEngine(policy);
            Load busy = engine.addBusy(MemberSettings.vgpu(0, 4));
            engine.add(MemberSettings.vgpu(1, 4));
            engine.runFor(10 * SECOND);
            assertThat(engine.shareOf(busy)).as("%s", policy).isCloseTo(0.5, within(CLOSE));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"LOW", "HIGH"})
    void equalShareGivesTheTimeOfAnIdleOneAwayAtOtherPriorities(Priority priority) {
        for (SchedulerPolicy policy : EQUAL) {
            VirtualEngine engine = new VirtualEngine(policy);
            Load busy = engine.addBusy(MemberSettings.vgpu(0, 4));
            Load other = engine.add(MemberSettings.vgpu(1, 4).withPriority(priority));
            engine.runFor(5 * SECOND);
            assertThat(engine.shareOf(busy)).as("%s", policy).isEqualTo(1);
            engine.arrive(other, VirtualEngine.FOREVER);
            engine.runFor(5 * SECOND);
            assertThat(engine.shareOf(other)).as("%s", policy).isCloseTo(0.25, within(CLOSE));
        }
    }

    @Test
    void equalShareGoesByWeight() {
        for (SchedulerPolicy policy : EQUAL) {
            VirtualEngine engine = new VirtualEngine(policy);
            int[] weights = {1, 2, 4, 9};
            for (int id = 0; id < weights.length; id++) {
                engine.addBusy(MemberSettings.vgpu(id, 4).withWeight(weights[id]));
            }
            engine.runFor(60 * SECOND);
            for (int id = 0; id < weights.length; id++) {
                assertThat(engine.shareOf(engine.loads.get(id)))
                        .as("%s", policy)
                        .isCloseTo(weights[id] / 16.0, within(CLOSE));
            }
        }
    }

    @Test
    void equalShareForgetsWeightsWhenToldTo() {
        VirtualEngine engine = new VirtualEngine(SchedulerPolicy.fromRegistryKey(
                SchedulerPolicy.strict(Kind.EQUAL_SHARE).toRegistryKey() | 8));
        Load small = engine.addBusy(MemberSettings.vgpu(0, 4));
        engine.addBusy(MemberSettings.vgpu(1, 4).withWeight(9));
        engine.runFor(10 * SECOND);
        assertThat(engine.shareOf(small)).isCloseTo(0.5, within(CLOSE));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 3})
    void fixedShareIsTheSameWhetherOthersWorkOrNot(int othersBusy) {
        for (SchedulerPolicy policy : FIXED) {
            for (int othersIdle = 0; othersBusy + othersIdle <= 3; othersIdle++) {
                VirtualEngine engine = new VirtualEngine(policy);
                for (int id = 0; id <= othersBusy; id++) {
                    engine.addBusy(MemberSettings.vgpu(id, 4));
                }
                for (int id = 0; id < othersIdle; id++) {
                    engine.add(MemberSettings.vgpu(10 + id, 4));
                }
                engine.runFor(10 * SECOND);
                for (int id = 0; id <= othersBusy; id++) {
                    assertThat(engine.shareOf(engine.loads.get(id)))
                            .as("%s", policy)
                            .isCloseTo(0.25, within(CLOSE));
                }
            }
        }
    }

    @Test
    void fixedShareOfMixedTypesIsEachTypes() {
        for (SchedulerPolicy policy : FIXED) {
            VirtualEngine engine = new VirtualEngine(policy);
            int[] instances = {2, 4, 8, 12};
            for (int id = 0; id < instances.length; id++) {
                engine.addBusy(MemberSettings.vgpu(id, instances[id]));
            }
            engine.runFor(30 * SECOND);
            for (int id = 0; id < instances.length; id++) {
                assertThat(engine.shareOf(engine.loads.get(id)))
                        .as("%s", policy)
                        .isCloseTo(1.0 / instances[id], within(CLOSE));
            }
        }
    }

    @Test
    void theHostsWorkTakesSpareTimeOfFixedShare() {
        for (SchedulerPolicy policy : FIXED) {
            for (Priority priority : Priority.values()) {
                VirtualEngine engine = new VirtualEngine(policy);
                Load guest = engine.addBusy(MemberSettings.vgpu(0, 4));
                engine.addBusy(MemberSettings.vgpu(1, 4));
                Load host = engine.addBusy(new MemberSettings(33, 1, 0, priority, 0));
                engine.runFor(10 * SECOND);
                assertThat(engine.shareOf(guest)).as("%s %s", policy, priority).isCloseTo(0.25, within(CLOSE));
                assertThat(engine.shareOf(host)).as("%s %s", policy, priority).isCloseTo(0.25, within(CLOSE));
            }
        }
    }

    @Test
    void theHostsWorkGoesOnWhereFixedShareHasNoSpareTime() {
        for (SchedulerPolicy policy : FIXED) {
            VirtualEngine engine = new VirtualEngine(policy);
            for (int id = 0; id < 4; id++) {
                engine.addBusy(MemberSettings.vgpu(id, 4));
            }
            Load host = engine.addBusy(new MemberSettings(33, 1, 0, Priority.HIGH, 0));
            engine.runFor(10 * SECOND);
            assertThat(engine.shareOf(host)).as("%s", policy).isCloseTo(0.2, within(CLOSE));
        }
    }

    /** What changing from one to the other costs is at the expense of time that nobody uses, or of all alike. */
    @Test
    void theCostOfSwitchingChangesNoShare() {
        List<SchedulerPolicy> policies = new ArrayList<>(EQUAL);
        policies.addAll(FIXED);
        for (SchedulerPolicy policy : policies) {
            for (int busy = 1; busy <= 4; busy++) {
                VirtualEngine engine = new VirtualEngine(policy);
                engine.switchNanos = 20_000;
                for (int id = 0; id < 4; id++) {
                    Load load = engine.add(MemberSettings.vgpu(id, 4));
                    if (id < busy) {
                        engine.arrive(load, VirtualEngine.FOREVER);
                    }
                }
                engine.runFor(10 * SECOND);
                // Only if all are busy is there nothing to pay for it but their time: 20 us in each slice of 1 ms or
                // more.
                double cost = busy < 4 ? 0 : 0.25 * engine.switchNanos / MILLI;
                long most = engine.loads.getFirst().served;
                for (Load load : engine.loads.subList(0, busy)) {
                    assertThat(engine.shareOf(load))
                            .as("%s, %d", policy, busy)
                            .isBetween(0.25 - cost - CLOSE, 0.25 + CLOSE);
                    assertThat((double) load.served / most).isCloseTo(1, within(2 * CLOSE));
                }
            }
        }
    }

    @Test
    void bestEffortGivesEverythingToTheOnlyBusyOne() {
        VirtualEngine engine = new VirtualEngine(SchedulerPolicy.bestEffort());
        Load busy = engine.addBusy(MemberSettings.vgpu(0, 4));
        for (int id = 1; id < 4; id++) {
            engine.add(MemberSettings.vgpu(id, 4));
        }
        engine.runFor(5 * SECOND);
        assertThat(engine.shareOf(busy)).isEqualTo(1);
    }

    /** Equal and fixed share, at every moment, within two slices of an engine that serves each at its part of the speed. */
    @Test
    void randomWorkIsServedLikeInTheReference() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        List<SchedulerPolicy> policies = new ArrayList<>(EQUAL);
        policies.addAll(FIXED);
        for (SchedulerPolicy policy : policies) {
            for (int round = 0; round < 4; round++) {
                int count = 1 + random.nextInt(8);
                VirtualEngine engine = new VirtualEngine(policy);
                double part = policy.kind() == Kind.FIXED_SHARE ? 1.0 / 8 : 1.0 / count;
                ReferenceModel.Fluid fluid = new ReferenceModel.Fluid(count, part);
                compare(
                        engine,
                        fluid,
                        count,
                        8,
                        random,
                        2 * policy.sliceNanos(8),
                        "%s, %d members, seed %d".formatted(policy, count, seed));
            }
        }
    }

    /** Best effort serves as much as the reference in all, and nobody is more than a slice for each other member behind. */
    @Test
    void randomWorkIsServedLikeInTheReferenceByBestEffort() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int round = 0; round < 10; round++) {
            int count = 1 + random.nextInt(8);
            VirtualEngine engine = new VirtualEngine(SchedulerPolicy.bestEffort());
            ReferenceModel.Fluid fluid = new ReferenceModel.Fluid(count, 0);
            long slice = 2 * MILLI;
            compare(engine, fluid, count, 8, random, 2L * count * slice, "%d members, seed %d".formatted(count, seed));
            double all = 0;
            for (double served : fluid.served) {
                all += served;
            }
            assertThat((double)
                            engine.loads.stream().mapToLong(load -> load.served).sum())
                    .isCloseTo(all, within(100.0));
        }
    }

    private static void compare(
            VirtualEngine engine,
            ReferenceModel.Fluid fluid,
            int count,
            int instances,
            Random random,
            long bound,
            String what) {
        for (int id = 0; id < count; id++) {
            Load load = engine.add(MemberSettings.vgpu(id, instances));
            int member = id;
            // From nearly idle to twice of what the whole engine can do for all.
            double load01 = random.nextDouble() * 2 / count;
            long mean = 10_000L << random.nextInt(9);
            long time = 0;
            while (time < 2 * SECOND) {
                time += (long) (-Math.log(1 - random.nextDouble()) * mean / load01);
                long size = 1 + (long) (-Math.log(1 - random.nextDouble()) * mean);
                long at = time;
                engine.at(at, () -> {
                    fluid.arrive(member, at, size);
                    engine.arrive(load, size);
                });
            }
        }
        long worst = 0;
        for (int step = 0; step < 2000; step++) {
            engine.runFor(MILLI);
            fluid.flow(engine.now);
            for (int id = 0; id < count; id++) {
                long apart = Math.abs(engine.loads.get(id).served - Math.round(fluid.served[id]));
                worst = Math.max(worst, apart);
            }
        }
        assertThat(worst).as(what).isLessThanOrEqualTo(bound);
    }
}
