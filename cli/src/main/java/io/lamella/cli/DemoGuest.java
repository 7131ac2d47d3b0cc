// SPDX-License-Identifier: Apache-2.0
package io.lamella.cli;

import io.lamella.vm.Cache;
import io.lamella.vm.VmException;
import io.lamella.vm.guest.GuestCheck;
import io.lamella.vm.guest.GuestContents;
import io.lamella.vm.guest.GuestLoad;
import io.lamella.vm.guest.GuestReport;
import io.lamella.vm.qemu.Guest;
import io.lamella.vm.qemu.GuestChannel;
import io.lamella.vm.qemu.MachineSpec;
import io.lamella.vm.qemu.VfioUserDevice;
import io.lamella.vm.qemu.VirtualMachine;
import io.lamella.vm.qemu.VmExit;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** One VM of the demo, with one vGPU: what the host asks of it, step by step. */
final class DemoGuest implements AutoCloseable {
    private static final Duration BOOT_TIMEOUT = Duration.ofMinutes(2);
    private static final Duration DRIVER_TIMEOUT = Duration.ofMinutes(2);
    private static final Duration COMMAND_TIMEOUT = Duration.ofSeconds(20);
    private static final Duration OFF_TIMEOUT = Duration.ofSeconds(30);
    /** The first slot that a q35 machine leaves free. */
    private static final int DEVICE_SLOT = 4;

    private final VirtualMachine machine;

    private DemoGuest(VirtualMachine machine) {
        this.machine = machine;
    }

    /**
     * What the guest's driver said of its GPU.
     *
     * @param device its lines, read
     * @param drmDevices what appeared below /dev/dri
     * @param expected lines that tell of what the project does not have yet
     */
    record Driver(GuestReport.Device device, List<String> drmDevices, List<String> expected) {}

    /** What the guest's file system has: the driver, its firmware, and the program that does work if it can be built here. */
    static GuestContents contents(Map<String, byte[]> firmware) throws IOException {
        return new GuestContents(
                List.of("nouveau"), firmware, Map.of(GuestCheck.PROGRAM, GuestCheck.program(Cache.ofUser())));
    }

    /** Starts copies within video memory that go on until they are stopped. */
    GuestLoad startLoad(GuestCheck.Load load) throws IOException {
        return GuestLoad.start(machine.channel(), "demo", load, System.nanoTime() & 0xffff_ffffL);
    }

    /** Boots to the point where the guest takes commands. */
    static DemoGuest boot(Guest guest, String name, Path socket, Path logFolder, Consumer<String> console)
            throws IOException {
        MachineSpec spec =
                MachineSpec.of(name, guest).withDevices(List.of(new VfioUserDevice("vgpu0", socket, DEVICE_SLOT)));
        DemoGuest demo = new DemoGuest(VirtualMachine.start(spec, logFolder, line -> console.accept(line.text())));
        try {
            demo.machine.channel().awaitReady(BOOT_TIMEOUT);
            return demo;
        } catch (IOException | RuntimeException e) {
            demo.close();
            throw e;
        }
    }

    /** Loads nouveau and reads what it said. @throws VmException if it did not initialise the GPU, or complained */
    Driver loadDriver() throws IOException {
        machine.takeKernelLog(COMMAND_TIMEOUT);
        run("modprobe nouveau", DRIVER_TIMEOUT);
        GuestReport report = GuestReport.parse(machine.takeKernelLog(COMMAND_TIMEOUT));
        if (!report.problems().isEmpty()) {
            throw new VmException("The guest's driver complained: " + String.join("; ", report.problems()));
        }
        GuestReport.Device device = report.devices().stream()
                .filter(GuestReport.Device::initialized)
                .findFirst()
                .orElseThrow(() -> new VmException("The guest's driver did not initialise the vGPU."));
        return new Driver(
                device, run("ls -d /dev/dri/* | sort", COMMAND_TIMEOUT).lines(), report.expected());
    }

    /** Unloads nouveau. @throws VmException if it complained */
    void unloadDriver() throws IOException {
        machine.takeKernelLog(COMMAND_TIMEOUT);
        run("modprobe -r nouveau", DRIVER_TIMEOUT);
        GuestReport report = GuestReport.parse(machine.takeKernelLog(COMMAND_TIMEOUT));
        if (!report.problems().isEmpty()) {
            throw new VmException(
                    "The guest's driver complained while unloading: " + String.join("; ", report.problems()));
        }
    }

    /** Switches the guest off and waits for QEMU's end. @throws VmException if it did not end by itself */
    void powerOff() throws IOException {
        VmExit exit = machine.powerOff(OFF_TIMEOUT);
        if (exit.kind() != VmExit.Kind.POWERED_OFF) {
            throw new VmException("The guest did not switch itself off: " + exit.reason());
        }
    }

    private GuestChannel.Output run(String command, Duration timeout) throws IOException {
        GuestChannel.Output output = machine.channel().run(command, timeout);
        if (output.exitCode() != 0) {
            throw new VmException("'" + command + "' failed in the guest with " + output.exitCode() + ": "
                    + String.join("; ", output.lines()));
        }
        return output;
    }

    @Override
    public void close() {
        machine.close();
    }
}
