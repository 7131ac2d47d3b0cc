// SPDX-License-Identifier: Apache-2.0
package io.lamella.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.lamella.gpu.firmware.SyntheticFirmware;
import io.lamella.vm.Cache;
import io.lamella.vm.Progress;
import io.lamella.vm.guest.GuestContents;
import io.lamella.vm.guest.GuestReport;
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
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A VM with one vGPU, whose nouveau is told to load and unload. The kernel and the driver are Debian's, without any option. */
final class NouveauGuest implements AutoCloseable {
    static final Duration BOOT = Duration.ofMinutes(3);
    static final Duration DRIVER = Duration.ofMinutes(2);
    static final Duration COMMAND = Duration.ofMinutes(1);

    private static final Duration LONGEST = Duration.ofSeconds(14);

    /** The first slot that a q35 machine leaves free is 2; any other works as well. */
    private static final int SLOT = 4;

    /** Kept after the test: a failing driver's log is what one wants to read. */
    private static final Path LOGS = Path.of("target", "vm-logs").toAbsolutePath();

    final VirtualMachine machine;

    /** What the driver said since its load began, for reports over several steps. */
    final List<String> log = new ArrayList<>();

    private NouveauGuest(VirtualMachine machine) {
        this.machine = machine;
    }

    /** Kernel, QEMU and a file system with the synthetic firmware of these releases. */
    static Guest prepare(String kernel, List<String> releases) throws IOException {
        return prepare(kernel, releases, Map.of());
    }

    /** The same with further files in the guest. */
    static Guest prepare(String kernel, List<String> releases, Map<String, byte[]> files) throws IOException {
        Map<String, byte[]> firmware = new HashMap<>();
        releases.forEach(release -> firmware.putAll(SyntheticFirmware.files(release)));
        return new GuestKit(Cache.ofUser(), Progress.none())
                .prepare(kernel, new GuestContents(List.of("nouveau"), firmware, files));
    }

    /** Boots until the guest takes commands. */
    static NouveauGuest boot(String name, Guest guest, Path socket) throws IOException {
        MachineSpec spec = MachineSpec.of(name, guest).withDevices(List.of(new VfioUserDevice("vgpu0", socket, SLOT)));
        NouveauGuest booted = new NouveauGuest(VirtualMachine.start(spec, LOGS, line -> {}));
        try {
            booted.machine.awaitReady(BOOT);
            booted.machine.takeKernelLog(COMMAND);
            return booted;
        } catch (IOException | RuntimeException e) {
            booted.close();
            throw e;
        }
    }

    /** Loads the driver, whatever comes of it. */
    GuestReport load() throws IOException {
        machine.channel().run("modprobe nouveau", DRIVER);
        List<String> said = machine.takeKernelLog(COMMAND);
        log.addAll(said);
        return GuestReport.parse(said);
    }

    /** Loads the driver and expects it to be up, without a single complaint. */
    GuestReport.Device loadWell() throws IOException {
        log.clear();
        Idleness idleness = new Idleness(machine.pid());
        GuestReport report = load();
        assertNoWait("Idle while nouveau loaded", idleness);
        assertThat(report.problems())
                .as("complaints in %s", machine.console().log())
                .isEmpty();
        assertThat(report.devices()).as("GPUs in %s", machine.console().log()).hasSize(1);
        GuestReport.Device device = report.devices().getFirst();
        assertThat(device.initialized())
                .as("%s of %s", device, machine.console().log())
                .isTrue();
        assertThat(log)
                .as("kernel log of %s", machine.console().log())
                .anyMatch(line -> line.contains("MM: using COPY for buffer copies"));
        assertThat(run("ls /dev/dri")).contains("card0", "renderD128");
        return device;
    }

    /** Unloads the driver and expects silence. */
    void unloadWell() throws IOException {
        Idleness idleness = new Idleness(machine.pid());
        run("rmmod nouveau");
        assertNoWait("Idle while nouveau unloaded", idleness);
        assertThat(GuestReport.parse(machine.takeKernelLog(COMMAND)).problems())
                .as("complaints in %s", machine.console().log())
                .isEmpty();
        assertThat(machine.channel().run("ls /dev/dri", COMMAND).exitCode()).isNotZero();
    }

    /** nouveau's wait for a channel that does not end is 15 s, and it complains only sometimes. */
    private static void assertNoWait(String what, Idleness idleness) throws IOException {
        assertThat(idleness.soFar()).as(what).isLessThan(LONGEST);
    }

    /** Runs a command that has to succeed. */
    List<String> run(String command) throws IOException {
        GuestChannel.Output output = machine.channel().run(command, COMMAND);
        assertThat(output.exitCode()).as("%s: %s", command, output.lines()).isZero();
        return output.lines();
    }

    /** Switches off and expects an orderly end. */
    void powerOffWell() throws IOException {
        assertThat(machine.powerOff(COMMAND).kind()).isEqualTo(VmExit.Kind.POWERED_OFF);
    }

    @Override
    public void close() {
        machine.close();
    }
}
