// SPDX-License-Identifier: Apache-2.0
package io.lamella.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.lamella.gpu.firmware.SyntheticFirmware;
import io.lamella.host.HostEvent;
import io.lamella.host.LamellaHost;
import io.lamella.vfio.VfioVgpu;
import io.lamella.vgpu.VgpuSpec;
import io.lamella.vm.Cache;
import io.lamella.vm.guest.GuestCheck;
import io.lamella.vm.guest.GuestReport;
import io.lamella.vm.guest.KernelProvider;
import io.lamella.vm.qemu.Guest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Programs in a guest do work on their vGPU through the driver's public interface, and every byte is where it belongs. */
@Tag("vm")
@Timeout(3600)
class GuestCheckVmTest {
    private static final long SEED = Long.getLong("lamella.seed", System.nanoTime() >>> 20);

    /** How often in a row the check has to pass. */
    private static final int RUNS = Integer.getInteger("lamella.check.runs", 2);

    /** A quarter of the GPU. */
    private static final String QUARTER = "L40-12Q";

    private static final long ALLOWED_GROWTH_BYTES = 64 << 20;

    /** One VM does everything that it should not; the other one copies all the time and notices nothing. */
    @ParameterizedTest
    @CsvSource({KernelProvider.STABLE + "," + KernelProvider.NEWEST, KernelProvider.NEWEST + "," + KernelProvider.STABLE
    })
    void misbehaviourHurtsItselfAlone(String badKernel, String goodKernel) throws Exception {
        Queue<HostEvent> events = new ConcurrentLinkedQueue<>();
        try (LamellaHost host = LamellaHost.builder().listener(events::add).start();
                ExecutorService threads = Executors.newCachedThreadPool()) {
            VfioVgpu badVgpu = host.create(VgpuSpec.of(QUARTER));
            VfioVgpu goodVgpu = host.create(VgpuSpec.of(QUARTER));
            Future<NouveauGuest> booting = threads.submit(() -> ready("check-bad-" + badKernel, badKernel, badVgpu));
            try (NouveauGuest good = ready("check-good-" + goodKernel, goodKernel, goodVgpu);
                    NouveauGuest bad = booting.get()) {
                AtomicBoolean done = new AtomicBoolean();
                Future<Integer> passes = threads.submit(() -> copyUntil(good, done));
                try {
                    misbehave(events, bad, badVgpu, passes);
                } finally {
                    done.set(true);
                }
                assertThat(passes.get()).as("passes of the other VM's check").isGreaterThan(2);
                assertThat(faults(events, goodVgpu)).isEmpty();
                assertThat(GuestReport.parse(good.machine.takeKernelLog(NouveauGuest.COMMAND))
                                .problems())
                        .isEmpty();
                for (NouveauGuest vm : List.of(bad, good)) {
                    vm.unloadWell();
                    vm.powerOffWell();
                }
            }
        }
    }

    private static void misbehave(Queue<HostEvent> events, NouveauGuest bad, VfioVgpu vgpu, Future<Integer> other)
            throws Exception {
        for (GuestCheck.Mode mode : EnumSet.of(
                GuestCheck.Mode.PROCESSES, GuestCheck.Mode.PUSHBUF, GuestCheck.Mode.COPY, GuestCheck.Mode.UNMAPPED)) {
            checkWell(bad, mode);
        }
        bad.machine.takeKernelLog(NouveauGuest.COMMAND);
        Footprint before = Footprint.now();
        long privateBefore = Footprint.privateBytes();
        long sharedBefore = Footprint.sharedBytes();
        for (GuestCheck.Mode mode : GuestCheck.Mode.values()) {
            if (mode.misbehaves()) {
                int known = faults(events, vgpu).size();
                checkWell(bad, mode);
                List<Integer> xids = mode.xid() == 0 ? List.of() : List.of(mode.xid());
                awaitFaults(events, vgpu, known + xids.size());
                List<HostEvent.ChannelFault> all = faults(events, vgpu);
                assertThat(all.subList(known, all.size()))
                        .as("%s: what the host says", mode)
                        .extracting(HostEvent.ChannelFault::xid)
                        .isEqualTo(xids);
                String said = String.join("\n", bad.machine.takeKernelLog(NouveauGuest.COMMAND));
                assertThat(said.contains("killed!")).as("%s: %s", mode, said).isEqualTo(mode.losesChannel());
                assertThat(said.contains("Xid:" + mode.xid() + " "))
                        .as("%s: %s", mode, said)
                        .isEqualTo(mode.xid() != 0);
                assertThat(other.isDone())
                        .as("%s: the other VM's check failed", mode)
                        .isFalse();
                Footprint.await(before, "after " + mode);
            }
        }
        System.out.printf(
                Locale.ROOT,
                "%s; private memory %+d KiB, shared memory %+d KiB%n",
                Footprint.now(),
                (Footprint.privateBytes() - privateBefore) >> 10,
                (Footprint.sharedBytes() - sharedBefore) >> 10);
        assertThat(Footprint.privateBytes() - privateBefore)
                .as("growth of private memory")
                .isLessThan(ALLOWED_GROWTH_BYTES);
        assertThat(Footprint.sharedBytes() - sharedBefore)
                .as("growth of shared memory")
                .isLessThan(ALLOWED_GROWTH_BYTES);
    }

    private static int copyUntil(NouveauGuest vm, AtomicBoolean done) throws IOException {
        int passes = 0;
        do {
            checkWell(vm, GuestCheck.Mode.COPY);
            passes++;
        } while (!done.get());
        return passes;
    }

    /** Four VMs of both kernels fill one GPU and all check it at the same time, again and again. */
    @Test
    void fourVmsCheckOneGpuAgainAndAgain() throws Exception {
        try (LamellaHost host = LamellaHost.builder().start();
                ExecutorService threads = Executors.newCachedThreadPool()) {
            List<Future<NouveauGuest>> booting = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                String kernel = i % 2 == 0 ? KernelProvider.STABLE : KernelProvider.NEWEST;
                String name = "four-" + i;
                VfioVgpu vgpu = host.create(VgpuSpec.of(QUARTER));
                booting.add(threads.submit(() -> ready(name, kernel, vgpu)));
            }
            try (NouveauGuest one = booting.get(0).get();
                    NouveauGuest two = booting.get(1).get();
                    NouveauGuest three = booting.get(2).get();
                    NouveauGuest four = booting.get(3).get()) {
                List<Future<String>> checks = new ArrayList<>();
                for (NouveauGuest vm : List.of(one, two, three, four)) {
                    checks.add(threads.submit(() -> {
                        for (int run = 0; run < RUNS; run++) {
                            checkWell(vm, GuestCheck.Mode.COPY);
                        }
                        vm.unloadWell();
                        vm.powerOffWell();
                        return RUNS + " runs";
                    }));
                }
                for (Future<String> check : checks) {
                    assertThat(check.get()).isEqualTo(RUNS + " runs");
                }
            }
        }
    }

    private static NouveauGuest ready(String name, String kernel, VfioVgpu vgpu) throws IOException {
        Guest guest = NouveauGuest.prepare(
                kernel, SyntheticFirmware.releases(), Map.of(GuestCheck.PROGRAM, GuestCheck.program(Cache.ofUser())));
        NouveauGuest vm = NouveauGuest.boot(name, guest, vgpu.socket());
        vm.loadWell();
        return vm;
    }

    private static List<HostEvent.ChannelFault> faults(Queue<HostEvent> events, VfioVgpu vgpu) {
        return events.stream()
                .filter(HostEvent.ChannelFault.class::isInstance)
                .map(HostEvent.ChannelFault.class::cast)
                .filter(fault -> fault.uuid().equals(vgpu.vgpu().uuid()))
                .toList();
    }

    /** The host hears of them a moment after the guest. */
    private static void awaitFaults(Queue<HostEvent> events, VfioVgpu vgpu, int count) throws InterruptedException {
        long deadlineNanos = System.nanoTime() + 5_000_000_000L;
        while (faults(events, vgpu).size() < count && System.nanoTime() < deadlineNanos) {
            Thread.sleep(10);
        }
    }

    private static void checkWell(NouveauGuest vm, GuestCheck.Mode mode) throws IOException {
        GuestCheck.Result result = GuestCheck.parse(vm.machine
                .channel()
                .run(mode.command(SEED), NouveauGuest.DRIVER)
                .lines());
        assertThat(result.ok()).as("%s with seed %s: %s", mode, SEED, result).isTrue();
        if (mode == GuestCheck.Mode.COPY) {
            assertThat(result.steps())
                    .extracting(GuestCheck.Step::name)
                    .containsExactly(
                            "gart-vram",
                            "vram-vram",
                            "vram-gart",
                            "lines",
                            "blocks",
                            "fill",
                            "mapped",
                            "alias",
                            "chain",
                            "overlap");
        }
    }
}
