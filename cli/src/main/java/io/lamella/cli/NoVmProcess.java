// SPDX-License-Identifier: Apache-2.0
package io.lamella.cli;

import io.lamella.host.guest.NoVmGuest;
import io.lamella.vm.VmException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Runs {@link NoVmGuest} in a JVM of its own, so that nothing but the socket lies between it and the host. */
final class NoVmProcess {
    private static final int TIMEOUT_SECONDS = 60;

    private NoVmProcess() {}

    /** What it reported, by name. @throws VmException with its reason if it failed */
    static Map<String, String> run(Path socket) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "--enable-native-access=io.lamella.linux"));
        // An installed Lamella is part of its Java and has no path.
        String modulePath = System.getProperty("jdk.module.path", "");
        if (!modulePath.isEmpty()) {
            command.addAll(List.of("--module-path", modulePath));
        }
        command.addAll(List.of("--module", "io.lamella.host/" + NoVmGuest.class.getName(), socket.toString()));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        Thread killer = new Thread(process::destroyForcibly, "no-vm-guest-end");
        Runtime.getRuntime().addShutdownHook(killer);
        try {
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            if (!process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
                throw new VmException("The second process could not drive the vGPU: " + said);
            }
            Map<String, String> report = new LinkedHashMap<>();
            for (String line : said.lines().toList()) {
                int colon = line.indexOf(": ");
                if (colon > 0) {
                    report.put(
                            line.substring(0, colon), line.substring(colon + 2).strip());
                }
            }
            return report;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new VmException("The second process was interrupted.");
        } finally {
            process.destroyForcibly();
            try {
                Runtime.getRuntime().removeShutdownHook(killer);
            } catch (IllegalStateException e) {
                // The JVM is going down and the hook does what it is for.
                killer.interrupt();
            }
        }
    }
}
