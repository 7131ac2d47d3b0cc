// SPDX-License-Identifier: Apache-2.0
package io.lamella.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.lamella.gpu.firmware.SyntheticFirmware;
import io.lamella.gpu.host.EngineUsage;
import io.lamella.gpu.sched.LogEntry;
import io.lamella.host.HostGpu;
import io.lamella.host.LamellaHost;
import io.lamella.host.SchedulerSettings;
import io.lamella.host.SchedulerSettings.Policy;
import io.lamella.vfio.VfioVgpu;
import io.lamella.vgpu.VgpuSpec;
import io.lamella.vm.Cache;
import io.lamella.vm.guest.GuestCheck;
import io.lamella.vm.guest.GuestLoad;
import io.lamella.vm.guest.KernelProvider;
import io.lamella.vm.qemu.Guest;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Predicate;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Two VMs that copy all the time, and what each has of the engines under every policy, changed while both work. Measured by the host: how long engines worked
 * for a vGPU, against the time that passed.
 */
@Tag("vm")
@Tag("alone")
@Timeout(600)
class SharesVmTest {
    /** A quarter of the GPU: four fill it. */
    private static final String TYPE = "L40-12Q";

    private static final Duration WINDOW = Duration.ofSeconds(Integer.getInteger("lamella.window", 5));
    private static final Duration START = Duration.ofSeconds(60);
    private static final Duration SETTLE = Duration.ofMillis(300);

    /** Some 200 MiB a push and eight of them under way: slow guests keep the engine busy, too. */
    private static final GuestCheck.Load LOAD = new GuestCheck.Load(600, 2 << 20, 96, 8);

    /** NVIDIA's own tolerance would be more; this is the issue's. */
    private static final double ONE_PERCENT = 0.01;

    /** Of its slice a vGPU loses what it takes to begin and to end it, the more the busier the machine is. */
    private static final double SWITCHING = 0.015;

    private HostGpu gpu;
    private VfioVgpu first;
    private VfioVgpu second;

    @Test
    void twoBusyVmsHaveWhatThePolicySays() throws Exception {
        Guest guest = NouveauGuest.prepare(
                KernelProvider.NEWEST,
                SyntheticFirmware.releases(),
                Map.of(GuestCheck.PROGRAM, GuestCheck.program(Cache.ofUser())));
        try (LamellaHost host = LamellaHost.builder().start()) {
            gpu = host.gpus().getFirst();
            first = host.create(VgpuSpec.of(TYPE));
            second = host.create(VgpuSpec.of(TYPE));
            try (ExecutorService both = Executors.newFixedThreadPool(2)) {
                Future<NouveauGuest> one = both.submit(() -> ready("shares-a", guest, first));
                Future<NouveauGuest> two = both.submit(() -> ready("shares-b", guest, second));
                try (NouveauGuest a = one.get();
                        NouveauGuest b = two.get()) {
                    share(a, b);
                }
            }
        }
    }

    private void share(NouveauGuest a, NouveauGuest b) throws Exception {
        GuestLoad loadA = GuestLoad.start(a.machine.channel(), "shares", LOAD, 1);
        awaitBusy(first);

        Shares shares = measure("best effort, one busy", now -> now.first() > 0.95);
        assertThat(shares.firstOfBusy()).isEqualTo(1.0);
        assertThat(shares.first()).isGreaterThan(0.95);

        gpu.setScheduler(SchedulerSettings.of(Policy.FIXED_SHARE));
        shares = measure("fixed share, the other idle", now -> isClose(now.firstGranted(), 0.25));
        assertThat(shares.firstGranted()).isCloseTo(0.25, within(ONE_PERCENT));
        assertThat(shares.first()).isCloseTo(shares.firstGranted(), within(SWITCHING));
        assertThat(shares.second()).isZero();

        GuestLoad loadB = GuestLoad.start(b.machine.channel(), "shares", LOAD, 2);
        awaitBusy(second);
        shares = measure(
                "fixed share, both busy",
                now -> isClose(now.firstGranted(), 0.25) && isClose(now.secondGranted(), 0.25));
        assertThat(shares.firstGranted()).isCloseTo(0.25, within(ONE_PERCENT));
        assertThat(shares.secondGranted()).isCloseTo(0.25, within(ONE_PERCENT));
        assertThat(shares.first()).isCloseTo(shares.firstGranted(), within(SWITCHING));
        assertThat(shares.second()).isCloseTo(shares.secondGranted(), within(SWITCHING));
        assertNeverIdle(shares);

        gpu.setScheduler(SchedulerSettings.of(Policy.EQUAL_SHARE));
        shares = measure("equal share", now -> isClose(now.firstOfBusy(), 0.5) && now.first() + now.second() > 0.95);
        assertThat(shares.firstOfBusy()).isCloseTo(0.5, within(ONE_PERCENT));
        assertThat(shares.first() + shares.second()).isGreaterThan(0.95);
        assertNeverIdle(shares);

        gpu.setScheduler(SchedulerSettings.of(Policy.EQUAL_SHARE).withTimeSlice(5));
        shares = measure("equal share in slices of 5 ms", now -> isClose(now.firstOfBusy(), 0.5));
        assertThat(shares.firstOfBusy()).isCloseTo(0.5, within(ONE_PERCENT));
        assertThat(gpu.schedulerLog()).extracting(LogEntry::targetSliceNanos).contains(5_000_000L);

        gpu.setScheduler(SchedulerSettings.DEFAULT);
        shares = measure("best effort, both busy", now -> now.first() + now.second() > 0.95);
        assertThat(shares.first() + shares.second()).isGreaterThan(0.95);
        assertThat(shares.firstOfBusy()).isCloseTo(0.5, within(0.05));
        assertThat(gpu.schedulerLog()).hasSize(200);

        GuestCheck.LoadResult resultA = loadA.stop(START);
        GuestCheck.LoadResult resultB = loadB.stop(START);
        System.out.printf(Locale.ROOT, "first: %s%nsecond: %s%n", resultA, resultB);
        assertThat(resultA.copies()).isPositive();
        assertThat(resultB.copies()).isPositive();
        for (NouveauGuest vm : List.of(a, b)) {
            vm.unloadWell();
            vm.powerOffWell();
        }
    }

    private static NouveauGuest ready(String name, Guest guest, VfioVgpu vgpu) throws Exception {
        NouveauGuest vm = NouveauGuest.boot(name, guest, vgpu.socket());
        vm.loadWell();
        return vm;
    }

    /**
     * What the vGPUs had in a window.
     *
     * @param nanos that it took
     */
    private record Shares(long nanos, EngineUsage one, EngineUsage two) {
        double first() {
            return (double) one.busyNanos() / nanos;
        }

        double firstGranted() {
            return (double) one.grantedNanos() / nanos;
        }

        double secondGranted() {
            return (double) two.grantedNanos() / nanos;
        }

        double second() {
            return (double) two.busyNanos() / nanos;
        }

        /** The first one's part of what both had. */
        double firstOfBusy() {
            return (double) one.busyNanos() / (one.busyNanos() + two.busyNanos());
        }
    }

    /**
     * Measures until a window is as it should be, three times at the most: what else the machine does takes the engines' thread off its processor
     * now and then, and such a window says nothing of the policy. A policy that is wrong is so in all three.
     */
    private Shares measure(String what, Predicate<Shares> isRight) throws InterruptedException {
        Shares shares = measure(what);
        for (int more = 0; more < 2 && !isRight.test(shares); more++) {
            shares = measure(what + ", again");
        }
        return shares;
    }

    private static boolean isClose(double share, double wanted) {
        return Math.abs(share - wanted) <= ONE_PERCENT;
    }

    private Shares measure(String what) throws InterruptedException {
        // Slices of the policy before run out.
        Thread.sleep(SETTLE);
        EngineUsage one = usage(first);
        EngineUsage two = usage(second);
        long begun = System.nanoTime();
        Thread.sleep(WINDOW);
        Shares shares = new Shares(
                System.nanoTime() - begun,
                usage(first).since(one),
                usage(second).since(two));
        System.out.printf(
                Locale.ROOT,
                "%-30s %5.2f %% and %5.2f %% of the time; granted %5.2f %% and %5.2f %%; idle %5.2f %% and %5.2f %%%n",
                what,
                100 * shares.first(),
                100 * shares.second(),
                100.0 * shares.one().grantedNanos() / shares.nanos(),
                100.0 * shares.two().grantedNanos() / shares.nanos(),
                100.0 * shares.one().idleNanos() / shares.nanos(),
                100.0 * shares.two().idleNanos() / shares.nanos());
        return shares;
    }

    private static void assertNeverIdle(Shares shares) {
        assertThat(shares.one().idleNanos()).isZero();
        assertThat(shares.two().idleNanos()).isZero();
    }

    /** Until it has had work without a pause for a while. */
    private void awaitBusy(VfioVgpu vgpu) throws InterruptedException {
        long deadlineNanos = System.nanoTime() + START.toNanos();
        EngineUsage used;
        do {
            EngineUsage before = usage(vgpu);
            Thread.sleep(SETTLE);
            used = usage(vgpu).since(before);
            assertThat(System.nanoTime()).as("a busy vGPU within %s", START).isLessThan(deadlineNanos);
        } while (used.busyNanos() == 0 || used.idleNanos() > 0);
    }

    private EngineUsage usage(VfioVgpu vgpu) {
        return gpu.engineUsage(vgpu.vgpu().uuid());
    }
}
