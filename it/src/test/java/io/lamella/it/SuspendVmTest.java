// SPDX-License-Identifier: Apache-2.0
package io.lamella.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.lamella.gpu.firmware.SyntheticFirmware;
import io.lamella.host.HostEvent;
import io.lamella.host.HostGpu;
import io.lamella.host.LamellaHost;
import io.lamella.vfio.VfioVgpu;
import io.lamella.vgpu.GuestDriver;
import io.lamella.vgpu.VgpuSpec;
import io.lamella.vm.Cache;
import io.lamella.vm.guest.GuestCheck;
import io.lamella.vm.guest.GuestReport;
import io.lamella.vm.guest.KernelProvider;
import io.lamella.vm.qemu.Guest;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The guest's devices sleep and wake up with a program at work; programs work on, and the host has seen it all. */
@Tag("vm")
@Timeout(900)
class SuspendVmTest {
    private static final long SEED = Long.getLong("lamella.seed", System.nanoTime() >>> 20);
    private static final String SUSPEND = "echo devices > /sys/power/pm_test && echo freeze > /sys/power/state";

    private static final Duration WORK = Duration.ofMillis(200);

    @ParameterizedTest
    @ValueSource(strings = {KernelProvider.STABLE, KernelProvider.NEWEST})
    void programsWorkOnAfterTheGuestsDevicesSlept(String kernel) throws Exception {
        Guest guest = NouveauGuest.prepare(
                kernel, SyntheticFirmware.releases(), Map.of(GuestCheck.PROGRAM, GuestCheck.program(Cache.ofUser())));
        List<HostEvent> events = new CopyOnWriteArrayList<>();
        try (LamellaHost host = LamellaHost.builder().listener(events::add).start()) {
            VfioVgpu vgpu = host.create(VgpuSpec.of("L40-8Q"));
            try (NouveauGuest vm = NouveauGuest.boot("suspend-" + kernel, guest, vgpu.socket())) {
                vm.loadWell();
                String program = "/" + GuestCheck.PROGRAM;
                vm.run("(" + program + " load " + SEED + " 60 65536 8 4 > /tmp/load 2>&1 &)");
                awaitWork(host, vgpu);
                vm.run(SUSPEND);
                assertThat(GuestReport.parse(vm.machine.takeKernelLog(NouveauGuest.COMMAND))
                                .problems())
                        .isEmpty();
                awaitWork(host, vgpu);
                vm.run("killall nouveau_check");
                // It verifies what it copied before and after.
                assertThat(vm.run("sleep 2; tail -n 1 /tmp/load"))
                        .as("seed %d", SEED)
                        .containsExactly("CHECK ok");
                assertThat(vm.run(program + " unmapped " + SEED + " | tail -n 1"))
                        .containsExactly("CHECK ok");
                vm.machine.takeKernelLog(NouveauGuest.COMMAND);
                vm.unloadWell();
                vm.powerOffWell();
            }
        }
        assertThat(events.stream().filter(HostEvent.GuestDriverChanged.class::isInstance))
                .extracting(event -> ((HostEvent.GuestDriverChanged) event).driver())
                .startsWith(GuestDriver.LOADED, GuestDriver.UNLOADED, GuestDriver.LOADED, GuestDriver.UNLOADED);
        assertThat(events.stream().filter(HostEvent.ChannelFault.class::isInstance))
                .singleElement()
                .satisfies(event -> {
                    assertThat(((HostEvent.ChannelFault) event).xid()).isEqualTo(31);
                    assertThat(event.sentence()).contains("nothing is mapped there");
                });
    }

    /** Until the engines have worked for a while from now on. */
    private static void awaitWork(LamellaHost host, VfioVgpu vgpu) throws InterruptedException {
        HostGpu gpu = host.gpus().getFirst();
        long until = gpu.engineUsage(vgpu.vgpu().uuid()).busyNanos() + WORK.toNanos();
        long deadline = System.nanoTime() + NouveauGuest.COMMAND.toNanos();
        while (gpu.engineUsage(vgpu.vgpu().uuid()).busyNanos() < until) {
            assertThat(System.nanoTime() - deadline).as("the load works").isNegative();
            Thread.sleep(50);
        }
    }
}
