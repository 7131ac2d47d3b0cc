// SPDX-License-Identifier: Apache-2.0
package io.lamella.cli.probe;

import io.lamella.vm.guest.GuestReport;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What came of a case.
 *
 * @param probed which one
 * @param verdict in one word
 * @param seconds from the VM's start to the verdict
 * @param sentence what the driver said of the GPU, or why it is not up
 * @param problems the lines of the kernel's log that tell of a failure, and what the GPU has to say about it
 * @param log all that the kernel said
 */
public record ProbeOutcome(
        ProbeCase probed, Verdict verdict, double seconds, String sentence, List<String> problems, List<String> log) {
    /** How it went. */
    public enum Verdict {
        /** The driver is up and has no complaints. */
        PASSED,
        /** It is not up, or complained. */
        FAILED,
        /** It could not be found out: there was no GPU, no VM, or the guest did not boot. */
        ERROR;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    public ProbeOutcome {
        problems = List.copyOf(problems);
        log = List.copyOf(log);
    }

    /** Judges what the kernel's log says. */
    static ProbeOutcome judge(
            ProbeCase probed, double seconds, GuestReport report, List<String> log, List<String> more) {
        List<String> problems = new ArrayList<>(report.problems());
        GuestReport.Device device = report.devices().stream()
                .filter(one -> one.chip() != null)
                .findFirst()
                .orElse(null);
        String sentence;
        if (device == null) {
            sentence = probed.driver() + " did not say that it found a GPU.";
        } else if (!probed.chip().equals(device.chip())) {
            sentence = probed.driver() + " took the " + probed.chip() + " for " + device.chip() + ".";
        } else if (!isUp(probed, device)) {
            sentence = probed.driver() + " found the " + device.chip() + " and did not initialise it.";
        } else if (!problems.isEmpty()) {
            sentence = probed.driver() + " is up, and complained: " + problems.getFirst();
        } else {
            return new ProbeOutcome(probed, Verdict.PASSED, seconds, said(device), List.of(), log);
        }
        problems.addAll(more);
        return new ProbeOutcome(probed, Verdict.FAILED, seconds, sentence, problems, log);
    }

    /** Nova's core says the board's name last; its DRM driver, if it is wanted too, says that it is initialised. */
    private static boolean isUp(ProbeCase probed, GuestReport.Device device) {
        boolean coreOnly = probed.modules().equals(List.of("nova_core"));
        return coreOnly ? device.boardName() != null : device.initialized();
    }

    private static String said(GuestReport.Device device) {
        StringBuilder said = new StringBuilder(String.valueOf(device.chip()));
        if (device.boardName() != null) {
            said.append(", ").append(device.boardName());
        }
        if (device.vramMib() >= 0) {
            said.append(", ").append(device.vramMib()).append(" MiB");
        }
        if (device.firmwareRelease() != null) {
            said.append(", firmware ").append(device.firmwareRelease());
        }
        return said.toString();
    }

    /** A case that could not be tried. */
    public static ProbeOutcome error(ProbeCase probed, double seconds, String sentence, List<String> log) {
        return new ProbeOutcome(probed, Verdict.ERROR, seconds, sentence, List.of(), log);
    }
}
