// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.sched;

import static io.lamella.gpu.sched.VirtualEngine.MILLI;
import static io.lamella.gpu.sched.VirtualEngine.SECOND;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import io.lamella.gpu.sched.ReferenceModel.Slice;
import io.lamella.gpu.sched.SchedulerPolicy.Kind;
import io.lamella.gpu.sched.VirtualEngine.Load;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Overshoot and how it is taken back. */
class PayBackTest {
    private static List<Slice> slices(VirtualEngine engine, int count) {
        return engine.runs.stream()
                .map(run -> new Slice(run.id(), run.targetNanos(), run.usedNanos()))
                .limit(count)
                .toList();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 33, 60})
    void everyStrictSliceIsTheReferences(int averagingFactor) {
        long seed = System.nanoTime();
        int members = 1 + (int) (seed & 7);
        Random forScheduler = new Random(seed);
        Random forReference = new Random(seed);
        VirtualEngine engine = new VirtualEngine(SchedulerPolicy.strict(Kind.EQUAL_SHARE, 500, averagingFactor));
        for (int id = 0; id < members; id++) {
            engine.addBusy(MemberSettings.vgpu(id, 8)).overshoot = () -> overshoot(forScheduler);
        }
        engine.runFor(20 * SECOND);

        assertThat(slices(engine, 3000))
                .as("%d members, seed %d", members, seed)
                .isEqualTo(ReferenceModel.strictRoundRobin(
                        members, 2 * MILLI, averagingFactor, id -> overshoot(forReference), 3000));
    }

    @Test
    void everyOtherSliceIsTheReferences() {
        long seed = System.nanoTime();
        Random forScheduler = new Random(seed);
        Random forReference = new Random(seed);
        VirtualEngine engine = new VirtualEngine(SchedulerPolicy.leastTime(Kind.EQUAL_SHARE, 2));
        for (int id = 0; id < 5; id++) {
            engine.addBusy(MemberSettings.vgpu(id, 8)).overshoot = () -> overshoot(forScheduler);
        }
        engine.runFor(20 * SECOND);

        assertThat(slices(engine, 3000))
                .as("seed %d", seed)
                .isEqualTo(ReferenceModel.leastTime(5, 2 * MILLI, id -> overshoot(forReference), 3000));
    }

    /** Mostly little, now and then many slices. */
    private static long overshoot(Random random) {
        return random.nextInt(50) == 0 ? random.nextLong(20 * MILLI) : random.nextLong(MILLI / 2);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 10, 33, 60})
    void oneOvershootIsPaidBackOverSlices(int averagingFactor) {
        VirtualEngine engine = new VirtualEngine(SchedulerPolicy.strict(Kind.EQUAL_SHARE, 500, averagingFactor));
        Load late = engine.addBusy(MemberSettings.vgpu(0, 8));
        Load other = engine.addBusy(MemberSettings.vgpu(1, 8));
        long[] once = {MILLI};
        late.overshoot = () -> {
            long now = once[0];
            once[0] = 0;
            return now;
        };
        long before = MILLI;
        engine.runUntil(4 * MILLI);
        assertThat(late.member.debtNanos()).isEqualTo(MILLI);
        for (int slice = 1; slice <= 10 * averagingFactor; slice++) {
            engine.runFor(4 * MILLI);
            assertThat(late.member.debtNanos()).isLessThanOrEqualTo(before);
            before = late.member.debtNanos();
        }
        // (1 - 1/AA)^(10 AA) < e^-10: what is left of a millisecond is less than 46 ns, and what division cannot share
        // out.
        assertThat(before).isLessThan(46 + averagingFactor);
        engine.runFor(4 * MILLI);
        assertThat(Math.abs(late.served - other.served)).isLessThanOrEqualTo(2 * MILLI + 46 + averagingFactor);
    }

    @ParameterizedTest
    @ValueSource(longs = {100_000, 1 * MILLI, 2 * MILLI, 20 * MILLI, 100 * MILLI, 300 * MILLI})
    void whoeverAlwaysOvershootsHasNoMoreThanTheOthers(long overshoot) {
        for (SchedulerPolicy policy : List.of(
                SchedulerPolicy.strict(Kind.EQUAL_SHARE),
                SchedulerPolicy.strict(Kind.EQUAL_SHARE, 960, 1),
                SchedulerPolicy.strict(Kind.EQUAL_SHARE, 63, 60),
                SchedulerPolicy.strict(Kind.FIXED_SHARE),
                SchedulerPolicy.leastTime(Kind.EQUAL_SHARE, 0),
                SchedulerPolicy.leastTime(Kind.FIXED_SHARE, 0))) {
            VirtualEngine engine = new VirtualEngine(policy);
            Load greedy = engine.addBusy(MemberSettings.vgpu(0, 4));
            greedy.overshoot = () -> overshoot;
            for (int id = 1; id < 4; id++) {
                engine.addBusy(MemberSettings.vgpu(id, 4));
            }
            engine.runFor(400 * SECOND);
            // What it may owe at the end: 60 slices of 16 ms and one overshoot, of 400 s.
            double owed = (60 * 16.0 * MILLI + overshoot) / (400.0 * SECOND);
            assertThat(engine.shareOf(greedy)).as("%s", policy).isCloseTo(0.25, within(0.001 + owed));
            assertThat(greedy.member.overshootNanos()).isGreaterThan(overshoot);
        }
    }

    @Test
    void aGuestThatNeverStopsIsHungAndTheOthersGoOn() {
        MemberSettings hostile = MemberSettings.vgpu(0, 4).withPreemptionTimeout(50 * MILLI);
        for (SchedulerPolicy policy : ChangesTest.ALL) {
            VirtualEngine engine = new VirtualEngine(policy);
            Load never = engine.addBusy(hostile);
            never.overshoot = () -> 1000 * SECOND;
            Load good = engine.addBusy(MemberSettings.vgpu(1, 4));
            engine.runFor(100 * SECOND);

            assertThat(engine.hung).as("%s", policy).isPositive();
            long slice = engine.scheduler.sliceNanos();
            assertThat(good.worstWait).isLessThanOrEqualTo(50 * MILLI + 4 * slice);
            if (policy.kind() != Kind.BEST_EFFORT) {
                double part = policy.kind() == Kind.FIXED_SHARE ? 0.25 : 0.5;
                assertThat(engine.shareOf(never)).as("%s", policy).isLessThan(part + 0.01);
                assertThat(engine.shareOf(good)).as("%s", policy).isGreaterThan(part - 0.025);
            }
        }
    }

    @Test
    void aDebtOfManyRoundsCostsOneDecision() {
        VirtualEngine engine = new VirtualEngine(SchedulerPolicy.strict(Kind.EQUAL_SHARE));
        Load alone = engine.addBusy(MemberSettings.vgpu(0, 4));
        long[] once = {1_000_000_000 * SECOND};
        alone.overshoot = () -> {
            long now = once[0];
            once[0] = 0;
            return now;
        };
        assertTimeoutPreemptively(Duration.ofSeconds(20), () -> engine.runFor(1_000_000_001 * SECOND));
        // Alone, it takes nothing from anybody: it goes on at once and pays back what is left.
        assertThat(engine.idled).isZero();
        assertThat(alone.member.debtNanos()).isLessThan(34 * 3 * MILLI);
    }
}
