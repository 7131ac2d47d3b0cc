// SPDX-License-Identifier: Apache-2.0
package io.lamella.cli.probe;

import io.lamella.vm.guest.GuestReport;
import io.lamella.vm.qemu.ConsoleLine;
import io.lamella.vm.qemu.GuestChannel;
import io.lamella.vm.qemu.MachineSpec;
import io.lamella.vm.qemu.VirtualMachine;
import io.lamella.vm.qemu.VmExit;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** Boots a kernel with a GPU, loads a driver, and judges what it says. */
public final class DriverProbe {
    /** A driver that is built in, or probes on a thread of its own, may still be at it when its modules are loaded. */
    private static final Duration SETTLE = Duration.ofSeconds(20);

    private static final Duration OFF = Duration.ofSeconds(20);
    private static final long PAUSE_MILLIS = 500;
    private static final int CONSOLE_LINES = 300;
    private static final int MAX_LOG_LINES = 20_000;

    private DriverProbe() {}

    /**
     * Does one case.
     *
     * @param machine with the GPU in it
     * @param logs a folder for the console's log
     * @param timeout for all of it
     * @param hints what the GPU itself can say if the driver is not up; asked while the VM is still there
     */
    public static ProbeOutcome run(
            ProbeCase probed, MachineSpec machine, Path logs, Duration timeout, Supplier<List<String>> hints) {
        long begun = System.nanoTime();
        List<String> log = new ArrayList<>();
        try (VirtualMachine vm = VirtualMachine.start(machine, logs, line -> {})) {
            try {
                vm.awaitReady(timeout);
                ProbeOutcome outcome = load(probed, vm, begun, timeout, log, hints);
                VmExit _ = vm.powerOff(OFF);
                return outcome;
            } catch (IOException e) {
                VmExit exit = vm.awaitExit(Duration.ofSeconds(2)).orElse(null);
                String why = exit == null ? e.getMessage() : "The VM ended: " + exit.reason();
                List<String> console =
                        vm.console().lines().stream().map(ConsoleLine::text).toList();
                console = console.subList(Math.max(0, console.size() - CONSOLE_LINES), console.size());
                return ProbeOutcome.error(probed, seconds(begun), String.valueOf(why), log.isEmpty() ? console : log);
            }
        } catch (IOException e) {
            return ProbeOutcome.error(probed, seconds(begun), String.valueOf(e.getMessage()), log);
        }
    }

    private static ProbeOutcome load(
            ProbeCase probed,
            VirtualMachine vm,
            long begun,
            Duration timeout,
            List<String> log,
            Supplier<List<String>> hints)
            throws IOException {
        List<String> more = new ArrayList<>();
        for (String module : probed.modules()) {
            GuestChannel.Output loaded = vm.channel().run("modprobe " + module + " 2>&1", left(begun, timeout));
            if (loaded.exitCode() != 0) {
                more.add("modprobe " + module + " failed with " + loaded.exitCode() + ": "
                        + String.join("; ", loaded.lines()));
            }
        }
        long settled = System.nanoTime() + SETTLE.toNanos();
        while (true) {
            List<String> said = vm.takeKernelLogWithLevels(left(begun, timeout));
            log.addAll(said.subList(0, Math.min(said.size(), MAX_LOG_LINES - log.size())));
            GuestReport report = GuestReport.parse(log);
            ProbeOutcome outcome = ProbeOutcome.judge(probed, seconds(begun), report, log, more);
            boolean last = System.nanoTime() > settled || !report.problems().isEmpty() || !more.isEmpty();
            if (outcome.verdict() == ProbeOutcome.Verdict.PASSED) {
                return outcome;
            }
            if (last) {
                more.addAll(hints.get());
                return ProbeOutcome.judge(probed, seconds(begun), report, log, more);
            }
            pause();
        }
    }

    private static void pause() throws IOException {
        try {
            Thread.sleep(PAUSE_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("The probe was interrupted.", e);
        }
    }

    private static Duration left(long begun, Duration timeout) {
        Duration left = timeout.minusNanos(System.nanoTime() - begun);
        return left.compareTo(Duration.ofSeconds(1)) < 0 ? Duration.ofSeconds(1) : left;
    }

    private static double seconds(long begun) {
        return Math.round((System.nanoTime() - begun) / 1e6) / 1e3;
    }
}
