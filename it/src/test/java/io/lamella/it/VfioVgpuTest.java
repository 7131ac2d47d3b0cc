// SPDX-License-Identifier: Apache-2.0
package io.lamella.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lamella.gpu.fb.FbSegment;
import io.lamella.host.HostEvent;
import io.lamella.host.HostReport;
import io.lamella.host.LamellaHost;
import io.lamella.host.ShippedFirmware;
import io.lamella.host.guest.NoVmGuest;
import io.lamella.hw.reg.Pbus;
import io.lamella.hw.reg.PraminWindow;
import io.lamella.hw.reg.Vfn;
import io.lamella.linux.OpenFiles;
import io.lamella.linux.UnixSocket;
import io.lamella.pci.LocalSlot;
import io.lamella.pci.PciFunction;
import io.lamella.vfio.VfioVgpu;
import io.lamella.vfiouser.client.VfioUserException;
import io.lamella.vfiouser.client.VfioUserSlot;
import io.lamella.vgpu.VgpuSpec;
import io.lamella.vgpu.VgpuState;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** vGPUs behind sockets, driven by our own core as a guest would. */
@Timeout(120)
class VfioVgpuTest {
    private static final String NEW = "570.144";
    private static final String OLD = "535.113.01";
    private static final long SECRET = 0x5ec4e7_5ec4e7_5eL;
    private static final int COMMAND = 4;
    private static final int MEMORY_AND_BUS_MASTER = 6;

    private final List<HostEvent> events = new CopyOnWriteArrayList<>();

    private LamellaHost host(String release) throws IOException {
        return LamellaHost.builder()
                .firmwareReleases(release)
                .listener(events::add)
                .start();
    }

    private static NoVmGuest.Report boot(VfioVgpu vgpu, String release) {
        return NoVmGuest.run(vgpu.socket(), ShippedFirmware.source(), release);
    }

    private static void await(String what, BooleanSupplier condition) throws InterruptedException {
        long limit = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("waiting for " + what).isLessThan(limit);
            Thread.sleep(5);
        }
    }

    /** The guest's release need not be the host's. */
    @ParameterizedTest
    @CsvSource({NEW + "," + NEW, NEW + "," + OLD, OLD + "," + NEW, OLD + "," + OLD})
    void aGuestFindsACompleteGpuOfTheTypesSize(String hostRelease, String guestRelease) throws Exception {
        try (LamellaHost host = host(hostRelease)) {
            VfioVgpu vgpu = host.create(VgpuSpec.of("L40-8Q"));
            for (int driverLoad = 0; driverLoad < 2; driverLoad++) {
                NoVmGuest.Report report = boot(vgpu, guestRelease);
                assertThat(report.chip()).isEqualTo("AD102");
                assertThat(report.firmwareRelease()).isEqualTo(guestRelease);
                assertThat(report.vramBytes()).isEqualTo(7616L << 20);
                assertThat(report.deviceId()).isEqualTo("10de:26b5");
                assertThat(report.subsystemId()).isEqualTo("10de:1774");
                assertThat(report.product()).contains("L40-8Q");
            }
            await(
                    "the last client to be seen out",
                    () -> events.stream()
                                    .filter(HostEvent.ClientGone.class::isInstance)
                                    .count()
                            == 2);
            assertThat(vgpu.vgpu().state()).isEqualTo(VgpuState.ACTIVE);
            assertThat(events).extracting(HostEvent::sentence).anyMatch(text -> text.contains("its memory cleared"));
        }
    }

    @Test
    void whatAGuestLeavesIsClearedBeforeTheNextOne() throws Exception {
        try (LamellaHost host = host(NEW)) {
            VfioVgpu vgpu = host.create(VgpuSpec.of("L40-8Q"));
            try (VfioUserSlot guest = VfioUserSlot.open(vgpu.socket(), 5000, false)) {
                PciFunction function = guest.function();
                function.writeConfig(COMMAND, 2, MEMORY_AND_BUS_MASTER);
                showInWindow(function, 64L << 20);
                function.writeBar(0, PraminWindow.WINDOW.offset(), 8, SECRET);
                assertThat(function.readBar(0, PraminWindow.WINDOW.offset(), 8)).isEqualTo(SECRET);
                await("the bus-master bit to arrive", () -> vgpu.vgpu().info().busMaster());
            }
            await("the guest to be seen out", () -> events.stream().anyMatch(HostEvent.ClientGone.class::isInstance));
            assertThat(vgpu.vgpu().info().busMaster()).isFalse();
            try (VfioUserSlot next = VfioUserSlot.open(vgpu.socket(), 5000, false)) {
                assertThat(next.function().readConfig(COMMAND, 2) & MEMORY_AND_BUS_MASTER)
                        .as("power-on")
                        .isZero();
                next.function().writeConfig(COMMAND, 2, MEMORY_AND_BUS_MASTER);
                showInWindow(next.function(), 64L << 20);
                assertThat(next.function().readBar(0, PraminWindow.WINDOW.offset(), 8))
                        .isZero();
            }
        }
    }

    private static void showInWindow(PciFunction function, long address) {
        function.writeBar(0, Pbus.BAR0_WINDOW.offset(), 4, address >>> 16);
    }

    /** The neighbour's memory is full of a secret; the guest looks through every window that it has, at every place it can think of. */
    @Test
    void aGuestCannotSeeAnotherVgpusMemory() throws Exception {
        try (LamellaHost host = host(NEW)) {
            VfioVgpu mine = host.create(VgpuSpec.of("L40-4Q"));
            VfioVgpu theirs = host.create(VgpuSpec.of("L40-4Q"));
            long at = theirs.vgpu().info().fbOffset();
            long length = theirs.vgpu().info().fbBytes();
            FbSegment board = host.gpus().getFirst().board().frameBuffer().whole();
            for (long offset = 0; offset < length; offset += 16 << 20) {
                board.writeLong(at + offset, SECRET);
            }
            long mineAt = mine.vgpu().info().fbOffset();
            try (VfioUserSlot guest = VfioUserSlot.open(mine.socket(), 5000, false)) {
                PciFunction function = guest.function();
                function.writeConfig(COMMAND, 2, MEMORY_AND_BUS_MASTER);
                long[] bases = {
                    0,
                    at,
                    at - mineAt,
                    mineAt,
                    length,
                    length - (1 << 20),
                    at + length,
                    48L << 30,
                    1L << 39,
                    (1L << 40) - (1 << 20)
                };
                for (long base : bases) {
                    for (long more = 0; more < 64 << 20; more += 16 << 20) {
                        showInWindow(function, base + more);
                        assertThat(function.readBar(0, PraminWindow.WINDOW.offset(), 8))
                                .as("PRAMIN at 0x%x", base + more)
                                .isNotEqualTo(SECRET);
                        function.writeBar(0, PraminWindow.WINDOW.offset() + 8, 8, 0x0badL);
                    }
                }
                // BAR1 without page tables shows frame buffer as it is.
                function.writeBar(0, Vfn.BAR1_BLOCK.offset(), 4, 0);
                showInWindow(function, 0);
                function.writeBar(0, PraminWindow.WINDOW.offset(), 8, 42);
                assertThat(function.readBar(1, 0, 8)).as("BAR1 works").isEqualTo(42);
                long bar1 = function.barLayout(1).sizeBytes();
                for (long offset = 0; offset < bar1; offset += 16 << 20) {
                    assertThat(function.readBar(1, offset, 8))
                            .as("BAR1 at 0x%x", offset)
                            .isNotEqualTo(SECRET);
                }
            }
            for (long offset = 0; offset < length; offset += 16 << 20) {
                assertThat(board.readLong(at + offset)).isEqualTo(SECRET);
                assertThat(board.readLong(at + offset + 8)).isZero();
            }
        }
    }

    @Test
    void aClientKilledAtAnyMomentLeavesNothing() throws Exception {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        try (LamellaHost host = host(NEW)) {
            VfioVgpu vgpu = host.create(VgpuSpec.of("L40-8Q"));
            boot(vgpu, NEW);
            await("rest", () -> !vgpu.isAttached());
            Map<Integer, String> before = openForClients();
            int files = before.size();
            long mappings = OpenFiles.mappings("");
            for (int i = 0; i < 4; i++) {
                Process child = guestProcess(vgpu.socket(), NEW);
                long attached = events.stream()
                        .filter(HostEvent.ClientAttached.class::isInstance)
                        .count();
                await(
                        "the child to attach",
                        () -> !child.isAlive()
                                || events.stream()
                                                .filter(HostEvent.ClientAttached.class::isInstance)
                                                .count()
                                        > attached);
                Thread.sleep(random.nextInt(400));
                child.destroyForcibly().waitFor();
                await("the killed guest to be seen out", () -> !vgpu.isAttached());
            }
            NoVmGuest.Report report = boot(vgpu, NEW);
            assertThat(report.chip()).isEqualTo("AD102");
            await("rest", () -> !vgpu.isAttached());
            try {
                await(
                        "descriptors to return to " + files,
                        () -> openForClients().size() <= files);
            } catch (AssertionError e) {
                // What is open says what leaks.
                throw new AssertionError("open before: " + before + "; open now: " + openForClients(), e);
            }
            assertThat(OpenFiles.mappings("vfio-user-dma")).isZero();
            assertThat(OpenFiles.mappings("")).isLessThan(mappings + 30);
        }
    }

    /** Without the class path's archives: the class loader opens one when it first needs a class of it, which may be any time, and keeps it. */
    private static Map<Integer, String> openForClients() {
        Map<Integer, String> open = OpenFiles.list();
        open.values().removeIf(target -> target.endsWith(".jar"));
        return open;
    }

    private static Process guestProcess(Path socket, String release) throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-XX:+UseSerialGC",
                        "-cp",
                        System.getProperty("java.class.path"),
                        NoVmGuest.class.getName(),
                        socket.toString(),
                        release)
                .redirectErrorStream(true)
                .redirectOutput(new File("/dev/null"))
                .start();
    }

    @Test
    void aGuestInAProcessOfItsOwnReportsWhatItFound() throws Exception {
        try (LamellaHost host = host(NEW)) {
            VfioVgpu vgpu = host.create(VgpuSpec.of("L40-2B"));
            Path output = Files.createTempFile("lamella-guest", ".txt");
            try {
                Process child = new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java")
                                        .toString(),
                                "--enable-native-access=ALL-UNNAMED",
                                "-cp",
                                System.getProperty("java.class.path"),
                                NoVmGuest.class.getName(),
                                vgpu.socket().toString(),
                                OLD)
                        .redirectErrorStream(true)
                        .redirectOutput(output.toFile())
                        .start();
                assertThat(child.waitFor(60, TimeUnit.SECONDS)).isTrue();
                assertThat(Files.readString(output))
                        .contains("chip: AD102", "firmware: " + OLD, "vram-mib: 1856", "subsystem: 10de:176e");
                assertThat(child.exitValue()).isZero();
            } finally {
                Files.delete(output);
            }
        }
    }

    @Test
    void anIdleVgpuHasNoThreadAndNoSecondClientGetsIn() throws Exception {
        try (LamellaHost host = host(NEW)) {
            VfioVgpu first = host.create(VgpuSpec.of("L40-1B"));
            Thread.sleep(100);
            int threads = Thread.activeCount();
            for (int i = 0; i < 7; i++) {
                host.create(VgpuSpec.of("L40-1B"));
            }
            assertThat(Thread.activeCount()).isLessThanOrEqualTo(threads);
            try (VfioUserSlot guest = VfioUserSlot.open(first.socket(), 5000, false);
                    UnixSocket second = UnixSocket.connect(first.socket())) {
                assertThat(guest.isAlive()).isTrue();
                assertThat(second.fd().isOpen()).isTrue();
                HostReport report = host.report();
                assertThat(report.gpus().getFirst().vgpus()).hasSize(8);
                assertThat(report.gpus().getFirst().vgpus().stream().filter(HostReport.Vgpu::attached))
                        .hasSize(1);
                assertThat(report.gpus().getFirst().enabledFunctions()).isEqualTo(32);
            }
        }
    }

    @Test
    @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void aBoardThatIsPulledOutTakesItsVmsWithItAndNothingHangs() throws Exception {
        VanishingFunction vanishing = new VanishingFunction();
        try (LamellaHost host = LamellaHost.builder()
                .listener(events::add)
                .slots(board -> new LocalSlot(vanishing.over(board.physicalFunction())))
                .start()) {
            VfioVgpu vgpu = host.create(VgpuSpec.of("L40-8Q"));
            try (VfioUserSlot guest = VfioUserSlot.open(vgpu.socket(), 5000, false)) {
                guest.function().writeConfig(COMMAND, 2, MEMORY_AND_BUS_MASTER);
                await("the bus-master bit to arrive", () -> vgpu.vgpu().info().busMaster());
                vanishing.vanish();
                await("the loss to be noticed", () -> {
                    try {
                        guest.function().writeConfig(COMMAND, 2, 0);
                        guest.function().writeConfig(COMMAND, 2, MEMORY_AND_BUS_MASTER);
                    } catch (VfioUserException e) {
                        // The host has noticed by itself, and was faster.
                    }
                    return events.stream().anyMatch(HostEvent.GpuLost.class::isInstance);
                });
                await("the VM to be sent away", () -> !guest.isAlive());
            }
            assertThat(vgpu.vgpu().state()).isEqualTo(VgpuState.GONE);
            assertThat(vgpu.socket()).doesNotExist();
        }
    }

    @Test
    @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void aBoardThatIsClosedUnderItsHostDelaysNobody() throws Exception {
        LamellaHost host = LamellaHost.builder().listener(events::add).start();
        VfioVgpu vgpu = host.create(VgpuSpec.of("L40-8Q"));
        long begun;
        try (VfioUserSlot guest = VfioUserSlot.open(vgpu.socket(), 5000, false)) {
            guest.function().writeConfig(COMMAND, 2, MEMORY_AND_BUS_MASTER);
            await("the bus-master bit to arrive", () -> vgpu.vgpu().info().busMaster());
            host.gpu("gpu0").board().close();
            assertThat(guest.function().readConfig(0, 2)).isEqualTo(0xffff);
            begun = System.nanoTime();
            host.close();
        }
        assertThat(System.nanoTime() - begun).isLessThan(TimeUnit.SECONDS.toNanos(5));
        assertThat(vgpu.socket()).doesNotExist();
        assertThat(vgpu.vgpu().state()).isIn(VgpuState.GONE, VgpuState.EMPTY);
    }

    @Test
    @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void aGpuCanBeTakenAwayUnderItsVms() throws Exception {
        try (LamellaHost host =
                LamellaHost.builder().gpus(2).listener(events::add).start()) {
            VfioVgpu vgpu = host.gpu("gpu0").create(VgpuSpec.of("L40-8Q"));
            VfioVgpu other = host.gpu("gpu1").create(VgpuSpec.of("L40-4Q"));
            try (VfioUserSlot guest = VfioUserSlot.open(vgpu.socket(), 5000, false)) {
                guest.function().writeConfig(COMMAND, 2, MEMORY_AND_BUS_MASTER);
                host.removeGpu("gpu0");
                await("the VM to be sent away", () -> !guest.isAlive());
            }
            assertThat(vgpu.vgpu().state()).isEqualTo(VgpuState.EMPTY);
            assertThat(boot(other, NEW).vramBytes()).isEqualTo(3776L << 20);
            assertThat(host.report().gpus()).extracting(HostReport.Gpu::name).containsExactly("gpu1");
        }
    }

    @Test
    void aHostLeavesNothingBehind() throws Exception {
        // Once before counting, for what the Java machine keeps.
        oneDay();
        int files = OpenFiles.count();
        long memory = OpenFiles.mappings("memfd");
        oneDay();
        await(
                "threads to end",
                () -> Thread.getAllStackTraces().keySet().stream()
                        .map(Thread::getName)
                        .noneMatch(name -> name.startsWith("core-events")
                                || name.startsWith("vfio-user")
                                || name.startsWith("vgpu")));
        assertThat(OpenFiles.count()).isEqualTo(files);
        assertThat(OpenFiles.mappings("memfd")).isEqualTo(memory);
    }

    private void oneDay() throws Exception {
        LamellaHost host = host(NEW);
        Path directory = host.runtimeDirectory();
        VfioVgpu one = host.create(VgpuSpec.of("L40-8Q"));
        VfioVgpu two = host.create(VgpuSpec.of("L40-8Q"));
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(one.socket())))
                .isEqualTo("rw-------");
        boot(one, NEW);
        host.destroy(one.vgpu().uuid());
        assertThat(one.socket()).doesNotExist();
        // This one is still attached when the host closes.
        try (VfioUserSlot guest = VfioUserSlot.open(two.socket(), 5000, false)) {
            guest.function().writeConfig(COMMAND, 2, MEMORY_AND_BUS_MASTER);
            host.close();
            assertThatThrownBy(() -> guest.function().readBar(0, 0, 4)).isInstanceOf(RuntimeException.class);
        }
        assertThat(directory).doesNotExist();
    }
}
