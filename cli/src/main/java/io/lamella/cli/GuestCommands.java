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
import java.util.ArrayList;
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
     * @param modules the driver's
     * @return its exit code, or 0
     * @throws VmException if the guest does not boot, or ends before they do
     */
    static int run(Story story, VirtualMachine machine, List<String> modules, List<String> commands, PrintStream out)
            throws IOException {
        try {
            story.tell("Boot", stage -> stage.say("Linux " + machine.awaitReady(BOOT)));
            story.tell("Driver", stage -> stage.say(loadDriver(machine, modules)));
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

    /** A driver that is built in has said what it had to say while the kernel booted. */
    private static String loadDriver(VirtualMachine machine, List<String> modules) throws IOException {
        List<String> log = new ArrayList<>(machine.takeKernelLogWithLevels(LOG));
        for (String module : modules) {
            machine.channel().run("modprobe " + module, DRIVER);
        }
        log.addAll(machine.takeKernelLogWithLevels(LOG));
        GuestReport report = GuestReport.parse(log);
        String driver = String.join(" and ", modules);
        if (report.devices().isEmpty()) {
            return driver + " found no GPU";
        }
        StringBuilder said = new StringBuilder(driver + ": ");
        int start = said.length();
        for (GuestReport.Device device : report.devices()) {
            said.append(said.length() > start ? "; " : "")
                    .append(device.chip())
                    .append(", ")
                    .append(device.vramMib() < 0 ? String.valueOf(device.boardName()) : device.vramMib() + " MiB")
                    .append(device.initialized() ? "" : ", not initialised");
        }
        return said.toString();
    }
}
