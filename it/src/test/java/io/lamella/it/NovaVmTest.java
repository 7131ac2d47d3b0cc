// SPDX-License-Identifier: Apache-2.0
package io.lamella.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.lamella.gpu.BoardIdentity;
import io.lamella.gpu.SoftwareGpu;
import io.lamella.gpu.firmware.NovaFirmware;
import io.lamella.host.LamellaHost;
import io.lamella.vfiouser.server.VfioUserServer;
import io.lamella.vgpu.VgpuSpec;
import io.lamella.vm.Cache;
import io.lamella.vm.Progress;
import io.lamella.vm.build.NovaKernel;
import io.lamella.vm.guest.Driver;
import io.lamella.vm.guest.GuestContents;
import io.lamella.vm.guest.GuestReport;
import io.lamella.vm.guest.Kernel;
import io.lamella.vm.guest.KernelProvider;
import io.lamella.vm.qemu.Guest;
import io.lamella.vm.qemu.GuestChannel;
import io.lamella.vm.qemu.GuestKit;
import io.lamella.vm.qemu.MachineSpec;
import io.lamella.vm.qemu.VfioUserDevice;
import io.lamella.vm.qemu.VirtualMachine;
import io.lamella.vm.qemu.VmExit;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The second referee: nova-core and nova-drm, in a kernel built from Debian's source, on a vGPU and on a whole GPU. The kernel's first
 * build takes tens of minutes, so this runs with {@code ./lamella test --nova} only. {@code -Dlamella.nova.kernel=FILE} takes another kernel.
 */
@Tag("vm")
@Tag("long")
@Timeout(18_000)
class NovaVmTest {
    private static final Duration BOOT = Duration.ofMinutes(5);
    private static final Duration DRIVER = Duration.ofMinutes(3);
    private static final Duration COMMAND = Duration.ofMinutes(1);
    private static final Path LOGS = Path.of("target", "vm-logs").toAbsolutePath();
    private static final String TYPE = "L40-8Q";
    private static final int SLOT = 4;
    private static final String ADDRESS = "0000:00:04.0";

    @TempDir
    private Path folder;

    /** A board, and how nova calls the family of its chip. */
    enum Board {
        L40("Ada"),
        RTX_PRO_6000("BlackwellGB20x");

        final String architecture;

        Board(String architecture) {
            this.architecture = architecture;
        }

        BoardIdentity identity() {
            return switch (this) {
                case L40 -> BoardIdentity.L40;
                case RTX_PRO_6000 -> BoardIdentity.RTX_PRO_6000;
            };
        }
    }

    @Test
    void novaComesUpOnVgpu() throws Exception {
        try (LamellaHost host = LamellaHost.builder().start()) {
            // A vGPU is called by its type.
            check(
                    Board.L40,
                    "NVIDIA " + TYPE,
                    "nova-vgpu",
                    host.create(VgpuSpec.of(TYPE)).socket());
        }
    }

    /** The whole GPU: what a host's driver would have without any vGPU. */
    @ParameterizedTest
    @EnumSource(Board.class)
    void novaComesUpOnWholeGpu(Board board) throws Exception {
        Path socket = folder.resolve("pf.sock");
        try (SoftwareGpu gpu =
                        SoftwareGpu.builder("nova").identity(board.identity()).build();
                VfioUserServer server = VfioUserServer.listen(gpu.physicalFunction(), socket)) {
            assertThat(server.isRunning()).isTrue();
            check(board, board.identity().name(), "nova-pf-" + board.identity().chip(), socket);
        }
    }

    private static void check(Board board, String gpuName, String name, Path socket) throws IOException {
        Guest guest = new GuestKit(Cache.ofUser(), progress())
                .prepare(
                        kernel(),
                        GuestContents.of(
                                Driver.NOVA, NovaFirmware.files(board.identity().chip())));
        MachineSpec spec = MachineSpec.of(name, guest).withDevices(List.of(new VfioUserDevice("gpu0", socket, SLOT)));
        try (VirtualMachine machine = VirtualMachine.start(spec, LOGS, line -> {})) {
            // The driver is in the kernel: it probes before the guest takes commands.
            machine.awaitReady(BOOT);
            List<String> log = machine.takeKernelLogWithLevels(COMMAND);
            checkProbe(board, gpuName, log);
            checkCards(machine);

            run(machine, "echo " + ADDRESS + " > /sys/bus/pci/drivers/nova-core/unbind");
            List<String> leaving = machine.takeKernelLogWithLevels(COMMAND);
            assertThat(GuestReport.parse(leaving).problems()).isEmpty();
            assertThat(leaving).anyMatch(line -> line.contains("GSP successfully unloaded"));
            assertThat(machine.channel().run("ls /dev/dri/card*", COMMAND).exitCode())
                    .isNotZero();

            run(machine, "echo " + ADDRESS + " > /sys/bus/pci/drivers/nova-core/bind");
            checkProbe(board, gpuName, machine.takeKernelLogWithLevels(COMMAND));
            checkCards(machine);
            assertThat(machine.powerOff(COMMAND).kind()).isEqualTo(VmExit.Kind.POWERED_OFF);
        }
    }

    private static void checkProbe(Board board, String gpuName, List<String> log) {
        GuestReport report = GuestReport.parse(log);
        assertThat(report.problems())
                .as("complaints in\n%s", String.join("\n", log))
                .isEmpty();
        assertThat(log)
                .anyMatch(line -> line.contains("NVIDIA (Chipset: "
                        + board.identity().chip() + ", Architecture: " + board.architecture + ", Revision: "));
        assertThat(report.devices()).singleElement().satisfies(device -> {
            assertThat(device.pciAddress()).isEqualTo(ADDRESS);
            assertThat(device.chip()).isEqualTo(board.identity().chip().name());
            assertThat(device.boardName()).isEqualTo(gpuName);
            assertThat(device.initialized()).as("nova-drm is up").isTrue();
        });
    }

    private static void checkCards(VirtualMachine machine) throws IOException {
        // nova-drm has no render node yet.
        assertThat(run(machine, "ls /dev/dri")).contains("card0");
    }

    private static List<String> run(VirtualMachine machine, String command) throws IOException {
        GuestChannel.Output output = machine.channel().run(command, DRIVER);
        assertThat(output.exitCode()).as("%s: %s", command, output.lines()).isZero();
        return output.lines();
    }

    private static Kernel kernel() throws IOException {
        String given = System.getProperty("lamella.nova.kernel", "");
        return given.isEmpty()
                ? NovaKernel.provide(Cache.ofUser(), progress())
                : KernelProvider.ofFiles(Path.of(given), Optional.empty());
    }

    /** The build takes long: a line every half minute says how far it is. */
    private static Progress progress() {
        long[] nextNanos = {System.nanoTime()};
        return update -> {
            synchronized (nextNanos) {
                if (System.nanoTime() >= nextNanos[0]) {
                    nextNanos[0] = System.nanoTime() + Duration.ofSeconds(30).toNanos();
                    System.out.println("lamella: " + update.stage());
                }
            }
        };
    }
}
