// SPDX-License-Identifier: Apache-2.0
package io.lamella.cli;

import io.lamella.vm.VmException;
import io.lamella.vm.guest.GuestReport;
import io.lamella.vm.qemu.GuestChannel;
import io.lamella.vm.qemu.VirtualMachine;
import io.lamella.vm.qemu.VmExit;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.List;

/** What {@code vm --run} does in a guest, instead of giving its console to a person: boots, loads the driver, runs commands, leaves. */
final class GuestCommands {
    private static final Duration BOOT = Duration.ofMinutes(3);
    private static final Duration DRIVER = Duration.ofMinutes(2);
    private static final Duration COMMAND = Duration.ofHours(24);
    private static final Duration LOG = Duration.ofSeconds(20);
    private static final Duration OFF = Duration.ofSeconds(30);

    private GuestCommands() {}

    /**
     * Runs commands one after the other, up to the first that fails.
     *
     * @return its exit code, or 0
     * @throws VmException if the guest does not boot, or ends before they do
     */
    static int run(Story story, VirtualMachine machine, List<String> commands, PrintStream out) throws IOException {
        try {
            story.tell("Boot", stage -> stage.say("Linux " + machine.awaitReady(BOOT)));
            story.tell("Driver", stage -> stage.say(loadDriver(machine)));
            int code = ExitCode.OK;
            for (int i = 0; i < commands.size() && code == ExitCode.OK; i++) {
                GuestChannel.Output output = machine.channel().run(commands.get(i), COMMAND);
                output.lines().forEach(out::println);
                out.flush();
                code = output.exitCode();
            }
            VmExit exit = machine.powerOff(OFF);
            return exit.kind() == VmExit.Kind.POWERED_OFF ? code : Math.max(code, ExitCode.FAILED);
        } catch (IOException e) {
            VmExit exit = machine.awaitExit(OFF).orElse(null);
            if (exit == null || exit.kind() == VmExit.Kind.POWERED_OFF) {
                throw e;
            }
            throw new VmException("The VM ended: " + exit.reason(), e);
        }
    }

    private static String loadDriver(VirtualMachine machine) throws IOException {
        machine.takeKernelLog(LOG);
        machine.channel().run("modprobe nouveau", DRIVER);
        GuestReport report = GuestReport.parse(machine.takeKernelLog(LOG));
        if (report.devices().isEmpty()) {
            return "nouveau found no GPU";
        }
        StringBuilder said = new StringBuilder("nouveau: ");
        for (GuestReport.Device device : report.devices()) {
            said.append(said.length() > 9 ? "; " : "")
                    .append(device.chip())
                    .append(", ")
                    .append(device.vramMib())
                    .append(" MiB")
                    .append(device.initialized() ? "" : ", not initialised");
        }
        return said.toString();
    }
}
