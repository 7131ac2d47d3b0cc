// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.host;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.lamella.gpu.mmu.PageTables;
import io.lamella.gpu.sched.SchedulerPolicy;
import io.lamella.hw.method.CopyMethod;
import io.lamella.hw.method.GpFifo;
import io.lamella.hw.method.HostMethod;
import io.lamella.hw.method.Userd;
import io.lamella.pci.DmaAccess;
import io.lamella.pci.DmaMap;
import io.lamella.pci.DmaRegion;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** One function does its worst, and another one works. */
class HostileChannelsTest {
    private static final int RUNLIST = 1;
    private static final int DOORBELL = RUNLIST << 16 | 3;
    private static final long AT = ChannelFixture.VIDEO + 0x100;

    /** Where that is in the fixture's video memory, whose pages lie in reverse. */
    private static final long AT_IN_FB = 0x80_0000 + ChannelFixture.AREA_BYTES - 4096 + 0x100;

    private static final int COPY = 2 | 1 << 7 | 1 << 8;
    private static final int INTERRUPT = 2 << 5;

    private final ChannelFixture bad = new ChannelFixture();
    private final ChannelFixture good = new ChannelFixture();
    private final FunctionChannels hostile = bad.function;
    private final FunctionChannels victim =
            new FunctionChannels("victim", 2, bad.engines, hostile.runlists(), vector -> {}, () -> 0, report -> {});
    private int released;

    @AfterEach
    void close() {
        hostile.stopAndWait();
        victim.stopAndWait();
        bad.engines.close();
    }

    private static void await(String what, BooleanSupplier condition) {
        long end = System.nanoTime() + 20_000_000_000L;
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as(what).isLessThan(end);
            LockSupport.parkNanos(100_000);
        }
    }

    private Channel start(FunctionChannels function, ChannelFixture fixture) {
        Channel channel = Objects.requireNonNull(function.create(fixture.spec(false)));
        function.schedule(channel, true);
        return channel;
    }

    /** Some releases of the victim's, one after the other. */
    private void victimWorks() {
        for (int i = 0; i < 20; i++) {
            int value = ++released;
            good.push(release(AT, value));
            victim.doorbell(DOORBELL);
            await("release " + value, () -> good.fb.readInt(AT_IN_FB) == value);
        }
    }

    private static int[] release(long address, int value) {
        return semaphore(address, value, 1);
    }

    private static int[] semaphore(long address, int value, int execute) {
        return ChannelFixture.methods(
                0,
                HostMethod.SEM_ADDR_LO.offset(),
                (int) address,
                HostMethod.SEM_PAYLOAD_LO.offset(),
                value,
                HostMethod.SEM_EXECUTE.offset(),
                execute);
    }

    private static int[] copy(long from, long to, int bytes, int launch) {
        return ChannelFixture.methods(
                4,
                0,
                CopyMethod.CLASS_ID,
                CopyMethod.OFFSET_IN_LOWER.offset(),
                (int) from,
                CopyMethod.OFFSET_OUT_LOWER.offset(),
                (int) to,
                CopyMethod.LINE_LENGTH_IN.offset(),
                bytes,
                CopyMethod.LAUNCH_DMA.offset(),
                launch);
    }

    @Test
    void aDoorbellStormWithoutAChannelIsNothing() {
        long seed = Long.getLong("lamella.seed", System.nanoTime());
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        for (int i = 0; i < 1_000_000; i++) {
            hostile.doorbell(random.nextInt());
        }
        assertThat(bad.engines.isRunning()).isFalse();
        start(victim, good);
        victimWorks();
        int turns = bad.engines.schedulerLog().size();
        for (int i = 0; i < 1_000_000; i++) {
            hostile.doorbell(random.nextBoolean() ? DOORBELL : random.nextInt());
        }
        assertThat(bad.engines.schedulerLog()).as("turns because of doorbells").hasSize(turns);
        assertThat(hostile.busyNanos()).isZero();
    }

    @Test
    void aDoorbellStormForAnIdleChannelDelaysNobodyMuch() throws InterruptedException {
        start(hostile, bad);
        start(victim, good);
        CountDownLatch stop = new CountDownLatch(1);
        Thread storm = Thread.ofPlatform().daemon().start(() -> {
            while (stop.getCount() != 0) {
                hostile.doorbell(DOORBELL);
            }
        });
        victimWorks();
        stop.countDown();
        storm.join();
    }

    @Test
    void aPushBufferThatFeedsItselfIsEndlessOnlyForItself() {
        // In each segment a release that moves the ring's end on.
        bad.tables.map4k(0x6000_0000L, PageTables.vramPage(0x1000));
        long put = 0x6000_0000L + Userd.GP_PUT;
        bad.push(release(put, 2));
        for (int i = 1; i < ChannelFixture.RING_ENTRIES; i++) {
            bad.push(release(put, (i + 2) % ChannelFixture.RING_ENTRIES));
        }
        bad.writeUserd(Userd.GP_PUT, 1);
        Channel channel = start(hostile, bad);
        start(victim, good);
        await("work", () -> hostile.busyNanos() > 5_000_000);
        victimWorks();
        assertThat(hostile.faults()).isEmpty();
        long before = hostile.busyNanos();
        await("more work", () -> hostile.busyNanos() > before + 2_000_000);
        hostile.free(channel);
        assertThat(hostile.count()).isZero();
    }

    @Test
    void entriesThatNameTheRingOrMoreThanThereIsHarmNobody() {
        start(victim, good);
        // The ring as words, the most that an entry can say, sync and subroutine bits, and noise.
        long[] entries = {
            GpFifo.entry(0x5000_0000L, 64),
            GpFifo.entry(0x5100_0000L, (1 << 21) - 1),
            GpFifo.entry(0x5100_0000L, 8) | 1L << 63 | 1L << 41,
            -1,
            0xdead_beef_0000_0001L,
        };
        for (long entry : entries) {
            bad.writeUserd(Userd.GP_PUT, 0);
            ChannelFixture fresh = new ChannelFixture();
            Channel channel = Objects.requireNonNull(hostile.create(fresh.spec(false)));
            fresh.pushEntry(entry);
            hostile.schedule(channel, true);
            hostile.doorbell(DOORBELL);
            victimWorks();
            hostile.free(channel);
        }
    }

    @Test
    void aListenerThatFailsStopsNobodyElse() {
        FunctionChannels deaf =
                new FunctionChannels("deaf", 3, bad.engines, hostile.runlists(), vector -> {}, () -> 0, report -> {
                    throw new IllegalStateException("nobody listens");
                });
        start(victim, good);
        Channel channel = start(deaf, bad);
        bad.push(ChannelFixture.methods(0, HostMethod.ILLEGAL.offset(), 0));
        deaf.doorbell(DOORBELL);
        await("the fault", () -> deaf.faults().size() == 1);
        victimWorks();
        deaf.free(channel);
    }

    /** Memory that is reached by messages, which are answered when it suits the client. */
    private static final class SilentMap extends DmaMap {
        private final CountDownLatch asked = new CountDownLatch(1);
        private final CountDownLatch answer = new CountDownLatch(1);

        SilentMap() {
            map(new DmaRegion(0x7_0000_0000L, ChannelFixture.AREA_BYTES, DmaAccess.READ_WRITE, null, -1, 0));
        }

        @Override
        protected void readUnmapped(DmaRegion region, long iova, MemorySegment destination) {
            asked.countDown();
            try {
                assertThat(answer.await(30, TimeUnit.SECONDS)).isTrue();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            destination.fill((byte) 3);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aClientThatDoesNotAnswerMessagesKeepsItsOwnEnginesWaiting(boolean known) throws InterruptedException {
        SilentMap silent = new SilentMap();
        bad.mmu.connect(silent);
        start(victim, good);
        Channel channel = Objects.requireNonNull(hostile.create(bad.spec(false)));
        Channel other = Objects.requireNonNull(hostile.create(bad.spec(4, false)));
        assertThat(channel.usesMessages()).as("seen when it was made").isTrue();
        hostile.schedule(other, true);
        bad.push(copy(ChannelFixture.SYSTEM, ChannelFixture.VIDEO, 8192, COPY));
        bad.push(release(AT + 0x3000, 6));
        hostile.schedule(channel, true);
        assertThat(silent.asked.await(20, TimeUnit.SECONDS)).isTrue();
        victimWorks();
        assertThat(hostile.isQuiet()).isFalse();
        if (known) {
            // Both have the same ring: one of them is going to find the end of it.
            silent.answer.countDown();
            await("the release", () -> bad.fb.readInt(AT_IN_FB - 0x3000) == 6);
            assertThat(bad.fb.readInt(AT_IN_FB)).isEqualTo(0x0303_0303);
            await("rest", hostile::isQuiet);
        } else {
            CountDownLatch freed = new CountDownLatch(1);
            Thread.ofVirtual().start(() -> {
                hostile.stopAndWait();
                freed.countDown();
            });
            assertThat(freed.await(50, TimeUnit.MILLISECONDS))
                    .as("while it waits")
                    .isFalse();
            victimWorks();
            silent.answer.countDown();
            assertThat(freed.await(20, TimeUnit.SECONDS)).isTrue();
            assertThat(bad.fb.readInt(AT_IN_FB - 0x3000)).as("what came next").isZero();
        }
        victimWorks();
    }

    @Test
    void aCrowdThatWaitsForWhatNeverComesTakesLittleTime() throws InterruptedException {
        int crowd = 1500;
        bad.push(semaphore(AT, 77, 0 | 1 << 12));
        List<Channel> channels = new ArrayList<>();
        for (int id = 0; id < crowd; id++) {
            Channel channel = Objects.requireNonNull(hostile.create(bad.spec(id, false)));
            hostile.schedule(channel, true);
            channels.add(channel);
        }
        await("all wait", hostile::isQuiet);
        start(victim, good);
        victimWorks();
        Thread.sleep(200);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long engine = engineThread(threads);
        long cpu = threads.getThreadCpuTime(engine);
        long begun = System.nanoTime();
        Thread.sleep(1000);
        double part = (double) (threads.getThreadCpuTime(engine) - cpu) / (System.nanoTime() - begun);
        assertThat(part).as("part of a processor").isLessThan(0.4);
        // And each of them wakes when it comes after all.
        bad.fb.writeInt(AT_IN_FB, 77);
        channels.forEach(channel -> await("the end", () -> channel.state == Channel.State.IDLE));
    }

    private static long engineThread(ThreadMXBean threads) {
        for (ThreadInfo info : threads.getThreadInfo(threads.getAllThreadIds())) {
            if (info != null && info.getThreadName().equals("test engines")) {
                return info.getThreadId();
            }
        }
        throw new AssertionError("There is no engine thread.");
    }

    /** Time that goes on only when the engine looks at it: a piece of work takes one step. */
    private static final class StepClock {
        static final long STEP = 50_000;
        final AtomicLong nanos = new AtomicLong(1);

        long next() {
            return nanos.addAndGet(STEP);
        }
    }

    /**
     * While one function has 1 MiB copies in its ring without end, a copy of 4 KiB of another is over within a slice and a piece of work, whenever
     * it comes. All of it happens on the engine's thread, in steps of its clock, so it is the same on any machine.
     */
    @ParameterizedTest
    @EnumSource(value = SchedulerPolicy.Kind.class, names = "FIXED_SHARE", mode = EnumSource.Mode.EXCLUDE)
    void aFloodOfLargeCopiesDelaysASmallOneByNoMoreThanASlice(SchedulerPolicy.Kind kind) throws InterruptedException {
        int requests = 60;
        StepClock clock = new StepClock();
        SchedulerPolicy policy =
                kind == SchedulerPolicy.Kind.BEST_EFFORT ? SchedulerPolicy.bestEffort() : SchedulerPolicy.strict(kind);
        long slice = policy.sliceNanos(1);
        List<Long> latencies = new ArrayList<>();
        CountDownLatch done = new CountDownLatch(1);
        Random random = new Random(7);
        try (EngineThread engines = new EngineThread("flood", clock::next)) {
            engines.setPolicy(policy);
            AtomicLong asked = new AtomicLong();
            FunctionChannels[] small = new FunctionChannels[1];
            FunctionChannels flood = new FunctionChannels(
                    "flood",
                    1,
                    engines,
                    hostile.runlists(),
                    vector -> {
                        if (latencies.size() < requests) {
                            bad.push(copy(ChannelFixture.VIDEO, ChannelFixture.SYSTEM, 1 << 20, COPY | INTERRUPT));
                        }
                        if (asked.get() == 0 && random.nextInt(3) == 0) {
                            asked.set(clock.nanos.get());
                            good.push(copy(ChannelFixture.VIDEO, ChannelFixture.SYSTEM, 4096, COPY | INTERRUPT));
                            small[0].doorbell(DOORBELL);
                        }
                    },
                    clock.nanos::get,
                    report -> done.countDown());
            small[0] = new FunctionChannels(
                    "small",
                    2,
                    engines,
                    hostile.runlists(),
                    vector -> {
                        latencies.add(clock.nanos.get() - asked.getAndSet(0));
                        if (latencies.size() == requests) {
                            done.countDown();
                        }
                    },
                    clock.nanos::get,
                    report -> done.countDown());
            for (int i = 0; i < 8; i++) {
                bad.push(copy(ChannelFixture.VIDEO, ChannelFixture.SYSTEM, 1 << 20, COPY | INTERRUPT));
            }
            Channel first = Objects.requireNonNull(flood.create(bad.spec(false)));
            Channel second = Objects.requireNonNull(small[0].create(good.spec(false)));
            small[0].schedule(second, true);
            flood.schedule(first, true);
            assertThat(done.await(60, TimeUnit.SECONDS)).as("%s", latencies).isTrue();
            flood.stopAndWait();
            small[0].stopAndWait();
        }
        assertThat(latencies).hasSizeGreaterThanOrEqualTo(requests);
        // A slice, the piece in which it ends, and the looks that the turns themselves take.
        assertThat(latencies)
                .allSatisfy(latency -> assertThat(latency).isLessThanOrEqualTo(slice + 10 * StepClock.STEP));
        assertThat(latencies)
                .as("some had to wait")
                .anySatisfy(latency -> assertThat(latency).isGreaterThan(slice / 4));
    }
}
