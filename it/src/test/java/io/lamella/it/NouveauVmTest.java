// SPDX-License-Identifier: Apache-2.0
package io.lamella.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.lamella.gpu.firmware.SyntheticFirmware;
import io.lamella.host.LamellaHost;
import io.lamella.vfio.VfioVgpu;
import io.lamella.vgpu.VgpuSpec;
import io.lamella.vgpu.VgpuState;
import io.lamella.vm.guest.GuestReport;
import io.lamella.vm.guest.KernelProvider;
import io.lamella.vm.qemu.Guest;
import io.lamella.vm.qemu.VmExit;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The referee: nouveau as Debian ships it, in real VMs, on vGPUs of this host. */
@Tag("vm")
@Timeout(1800)
class NouveauVmTest {
    private static final String TYPE = "L40-8Q";

    /** What the type's data file says the guest sees: 8 GiB less the documented reservation. */
    private static final long TYPE_VRAM_MIB = 7616;

    private static final int KILLS = Integer.getInteger("lamella.vm.kills", 6);

    @ParameterizedTest
    @CsvSource({KernelProvider.STABLE + ",535.113.01", KernelProvider.NEWEST + ",570.144"})
    void theDriverComesUpLeavesAndComesUpAgain(String kernel, String release) throws Exception {
        Guest guest = NouveauGuest.prepare(kernel, SyntheticFirmware.releases());
        try (LamellaHost host = LamellaHost.builder().start()) {
            VfioVgpu vgpu = host.create(VgpuSpec.of(TYPE));
            try (NouveauGuest vm = NouveauGuest.boot("nouveau-" + kernel, guest, vgpu.socket())) {
                for (int round = 0; round < 2; round++) {
                    checkDevice(vm.loadWell(), vm.log, release);
                    vm.unloadWell();
                }
                vm.powerOffWell();
            }
            await(() -> isFree(vgpu), "the vGPU to be free");
            assertThat(host.gpus().getFirst().board().bootRefusal(1)).isNull();
        }
    }

    /** On a newer kernel with only the older firmware, the same driver speaks the older ABI. */
    @Test
    void theNewestKernelAlsoSpeaksTheOlderFirmwaresLanguage() throws Exception {
        Guest guest = NouveauGuest.prepare(KernelProvider.NEWEST, List.of("535.113.01"));
        try (LamellaHost host = LamellaHost.builder().start()) {
            VfioVgpu vgpu = host.create(VgpuSpec.of(TYPE));
            try (NouveauGuest vm = NouveauGuest.boot("nouveau-535", guest, vgpu.socket())) {
                GuestReport report = vm.load();
                // The kernel says that it looked for the newer files first; that is its own business.
                assertThat(report.problems()).allMatch(line -> line.contains("570.144"));
                assertThat(report.devices()).singleElement().satisfies(device -> {
                    assertThat(device.firmwareRelease()).isEqualTo("535.113.01");
                    assertThat(device.vramMib()).isEqualTo(TYPE_VRAM_MIB);
                    assertThat(device.initialized()).isTrue();
                });
                vm.unloadWell();
                vm.powerOffWell();
            }
        }
    }

    @Test
    void twoVmsWithDifferentKernelsShareOneGpu() throws Exception {
        Guest older = NouveauGuest.prepare(KernelProvider.STABLE, SyntheticFirmware.releases());
        Guest newer = NouveauGuest.prepare(KernelProvider.NEWEST, SyntheticFirmware.releases());
        try (LamellaHost host = LamellaHost.builder().start()) {
            VfioVgpu first = host.create(VgpuSpec.of(TYPE));
            VfioVgpu second = host.create(VgpuSpec.of(TYPE));
            try (NouveauGuest one = NouveauGuest.boot("two-a", older, first.socket());
                    NouveauGuest two = NouveauGuest.boot("two-b", newer, second.socket());
                    ExecutorService both = Executors.newFixedThreadPool(2)) {
                List<Future<GuestReport.Device>> devices = new ArrayList<>();
                for (NouveauGuest vm : List.of(one, two)) {
                    devices.add(both.submit((Callable<GuestReport.Device>) () -> {
                        vm.loadWell();
                        vm.unloadWell();
                        return vm.loadWell();
                    }));
                }
                checkDevice(devices.get(0).get(), one.log, "535.113.01");
                checkDevice(devices.get(1).get(), two.log, "570.144");
                // One VM going away is nothing to the other.
                assertThat(one.machine.kill().kind()).isEqualTo(VmExit.Kind.STOPPED);
                await(() -> isFree(first), "the killed VM's vGPU to be free");
                two.unloadWell();
                checkDevice(two.loadWell(), two.log, "570.144");
                two.powerOffWell();
            }
        }
    }

    @Test
    void vmsKilledWhileTheDriverLoadsLeaveNothing() throws Exception {
        long seed = Long.getLong("lamella.seed", 20_261_122L);
        Random random = new Random(seed);
        Guest guest = NouveauGuest.prepare(KernelProvider.STABLE, SyntheticFirmware.releases());
        try (LamellaHost host = LamellaHost.builder().start()) {
            VfioVgpu vgpu = host.create(VgpuSpec.of(TYPE));
            // The first VM makes the JVM open what it keeps: classes, the page tables of the driver.
            killWhileLoading("kill-warm", guest, vgpu, 1500);
            Resources before = Resources.now();
            for (int i = 0; i < KILLS; i++) {
                int delayMillis = random.nextInt(3000);
                killWhileLoading("kill-" + i, guest, vgpu, delayMillis);
                int round = i;
                await(
                        () -> Resources.now().equals(before),
                        () -> "resources to return to " + before + " after kill " + round + " at " + delayMillis
                                + " ms (seed " + seed + "); now " + Resources.now());
            }
            try (NouveauGuest vm = NouveauGuest.boot("after-kills", guest, vgpu.socket())) {
                checkDevice(vm.loadWell(), vm.log, "535.113.01");
                vm.powerOffWell();
            }
        }
    }

    private static void killWhileLoading(String name, Guest guest, VfioVgpu vgpu, int delayMillis) throws Exception {
        try (NouveauGuest vm = NouveauGuest.boot(name, guest, vgpu.socket())) {
            Thread loader = Thread.ofVirtual().start(() -> {
                try {
                    vm.machine.channel().run("modprobe nouveau", NouveauGuest.DRIVER);
                } catch (IOException e) {
                    // Expected: the machine dies in the middle of it.
                    return;
                }
            });
            Thread.sleep(delayMillis);
            assertThat(vm.machine.kill().kind()).isEqualTo(VmExit.Kind.STOPPED);
            loader.join();
        }
        await(() -> isFree(vgpu), name + "'s vGPU to be free");
    }

    private static void checkDevice(GuestReport.Device device, List<String> log, String release) {
        assertThat(device.chip()).isEqualTo("AD102");
        assertThat(device.vramMib()).isEqualTo(TYPE_VRAM_MIB);
        if (release.equals("570.144")) {
            assertThat(device.firmwareRelease()).isEqualTo(release);
        } else {
            // Kernels before 6.16 know one release only and do not print it.
            assertThat(device.firmwareRelease()).isIn(null, release);
            assertThat(log).noneMatch(line -> line.contains("Direct firmware load"));
        }
    }

    private static boolean isFree(VfioVgpu vgpu) {
        return !vgpu.isAttached() && vgpu.vgpu().info().state() == VgpuState.ACTIVE;
    }

    private static void await(BooleanSupplier condition, String what) throws InterruptedException {
        await(condition, () -> what);
    }

    private static void await(BooleanSupplier condition, java.util.function.Supplier<String> what)
            throws InterruptedException {
        long deadlineNanos = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime())
                    .as(() -> "waited 30 s for " + what.get())
                    .isLessThan(deadlineNanos);
            Thread.sleep(20);
        }
    }

    /**
     * What a VM could leave behind in this process.
     *
     * @param descriptors open files of every kind
     * @param guestMappings mapped pieces of guests' memory
     */
    private record Resources(long descriptors, long guestMappings) {
        static Resources now() {
            try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"));
                    Stream<String> maps = Files.lines(Path.of("/proc/self/maps"))) {
                return new Resources(
                        open.count(),
                        maps.filter(line -> line.contains("memory-backend")).count());
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }
    }
}
