// SPDX-License-Identifier: Apache-2.0
package io.lamella.vm.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lamella.vm.Cache;
import io.lamella.vm.ChildProcesses;
import io.lamella.vm.Progress;
import io.lamella.vm.VmException;
import io.lamella.vm.guest.GuestContents;
import io.lamella.vm.guest.GuestReport;
import io.lamella.vm.guest.KernelProvider;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Real machines with nothing attached: both kernels come up, take commands, load the driver, and end every way. */
@Tag("vm")
@Timeout(600)
class VirtualMachineVmTest {
    private static final Duration BOOT = Duration.ofMinutes(2);
    private static final Duration COMMAND = Duration.ofMinutes(1);
    private static final GuestContents CONTENTS =
            GuestContents.nouveau(Map.of("lamella/test.bin", "firmware".getBytes(StandardCharsets.UTF_8)));

    /** Kept when a test fails: the guest's log tells why. */
    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    Path logs;

    private static Guest guest(String version) throws Exception {
        return new GuestKit(Cache.ofUser(), Progress.none()).prepare(version, CONTENTS);
    }

    @ParameterizedTest
    @ValueSource(strings = {KernelProvider.STABLE, KernelProvider.NEWEST})
    void bootsTakesCommandsAndSwitchesOff(String version) throws Exception {
        Guest guest = guest(version);
        MachineSpec spec = MachineSpec.of("plain-" + version, guest);
        try (VirtualMachine machine = VirtualMachine.start(spec, logs, line -> {})) {
            assertThat(machine.awaitReady(BOOT)).isEqualTo(guest.kernel().release());
            assertThat(machine.qmp().status(COMMAND)).isEqualTo("running");
            assertThat(machine.channel().run("cat /lib/firmware/lamella/test.bin; exit 3", COMMAND))
                    .isEqualTo(new GuestChannel.Output(3, List.of("firmware")));
            machine.takeKernelLog(COMMAND);
            assertThat(machine.channel()
                            .run("modprobe nouveau && lsmod", COMMAND)
                            .lines())
                    .anyMatch(line -> line.startsWith("nouveau "));
            assertThat(machine.channel()
                            .run("rmmod nouveau && modprobe nouveau", COMMAND)
                            .exitCode())
                    .isZero();
            GuestReport report = GuestReport.parse(machine.takeKernelLog(COMMAND));
            assertThat(report.problems()).isEmpty();
            assertThat(report.devices()).isEmpty();
            VmExit exit = machine.powerOff(COMMAND);
            assertThat(exit.kind()).isEqualTo(VmExit.Kind.POWERED_OFF);
            assertThat(exit.log()).content().contains("LAMELLA: stage=ready", "LAMELLA: stage=init");
        }
        assertThat(ChildProcesses.count()).isZero();
    }

    @Test
    void killedMachinesAndPanicsAreToldApart() throws Exception {
        Guest guest = guest(KernelProvider.STABLE);
        try (VirtualMachine machine = VirtualMachine.start(MachineSpec.of("killed", guest), logs, line -> {})) {
            machine.awaitReady(BOOT);
            assertThat(machine.kill().kind()).isEqualTo(VmExit.Kind.STOPPED);
            assertThatThrownBy(() -> machine.channel().run("true", COMMAND)).isInstanceOf(VmException.class);
            assertThat(ProcessHandle.of(machine.pid())).isEmpty();
        }
        MachineSpec panics =
                MachineSpec.of("panics", guest).withKernelParameters(List.of("rdinit=/bin/none", "root=x"));
        try (VirtualMachine machine = VirtualMachine.start(panics, logs, line -> {})) {
            assertThat(machine.awaitExit(BOOT)).hasValueSatisfying(exit -> {
                assertThat(exit.kind()).isEqualTo(VmExit.Kind.PANICKED);
                assertThat(exit.reason()).contains("Kernel panic");
            });
        }
    }

    @Test
    void aMissingDeviceIsToldInQemusWords() throws Exception {
        MachineSpec spec = MachineSpec.of("no-device", guest(KernelProvider.STABLE))
                .withDevices(List.of(new VfioUserDevice("vgpu0", logs.resolve("nobody.sock"), 4)));
        assertThatThrownBy(() -> VirtualMachine.start(spec, logs, line -> {}).close())
                .isInstanceOf(VmException.class)
                .hasMessageContaining("nobody.sock");
    }
}
