// SPDX-License-Identifier: Apache-2.0
package io.lamella.vm.qemu;

import io.lamella.vm.Cache;
import io.lamella.vm.ChildProcesses;
import io.lamella.vm.Progress;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Finds out whether KVM works here. Some hosts have a /dev/kvm that opens and creates machines which then fail in
 * real code, so the proof is a kernel's first line on the console, and it is kept until the host boots again.
 */
final class KvmProbe {
    private static final long TIMEOUT_MILLIS = 10_000;

    private final Cache cache;
    private final Progress progress;

    KvmProbe(Cache cache, Progress progress) {
        this.cache = cache;
        this.progress = progress;
    }

    /**
     * KVM when a guest starts under it, TCG otherwise. {@code LAMELLA_ACCEL=kvm|tcg} decides without a probe.
     *
     * @param kernel what the probe starts; without one this host's own kernel, or the firmware alone
     */
    Accelerator choose(Qemu qemu, Optional<Path> kernel) throws IOException {
        String wish = System.getenv().getOrDefault("LAMELLA_ACCEL", "");
        if (wish.equals("kvm") || wish.equals("tcg")) {
            return wish.equals("kvm") ? Accelerator.KVM : Accelerator.TCG;
        }
        Path device = Path.of("/dev/kvm");
        if (!Files.isReadable(device) || !Files.isWritable(device)) {
            return Accelerator.TCG;
        }
        String boot = bootId();
        String question = boot + " " + qemu.origin() + " " + qemu.version();
        Path answerFile = answerFile(cache);
        if (Files.isRegularFile(answerFile)) {
            List<String> answer = Files.readAllLines(answerFile);
            if (answer.size() == 2 && answer.getFirst().equals(question)) {
                return answer.get(1).equals("works") ? Accelerator.KVM : Accelerator.TCG;
            }
        }
        progress.stage("check whether KVM works");
        Optional<Path> proof = kernel.or(KvmProbe::kernelOfThisHost);
        boolean works = boots(qemu, proof);
        if (proof.isEmpty()) {
            // Firmware that runs is less of a proof than a kernel that does: not an answer for later.
            return works ? Accelerator.KVM : Accelerator.TCG;
        }
        Files.writeString(answerFile, question + "\n" + (works ? "works" : "does not work") + "\n");
        return works ? Accelerator.KVM : Accelerator.TCG;
    }

    private static Path answerFile(Cache cache) {
        return cache.folder()
                .resolve("kvm-" + System.getProperty("user.name", "nobody").replace('/', '_'));
    }

    private static String bootId() throws IOException {
        return Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip();
    }

    static String knownFailure(Cache cache) throws IOException {
        Path file = answerFile(cache);
        List<String> answer = Files.isRegularFile(file) ? Files.readAllLines(file) : List.of();
        return answer.size() == 2
                        && answer.getFirst().startsWith(bootId())
                        && !answer.get(1).equals("works")
                ? "a kernel did not start under it since this host's last start"
                : "";
    }

    private static Optional<Path> kernelOfThisHost() {
        try {
            Path image = Path.of("/boot/vmlinuz-"
                    + Files.readString(Path.of("/proc/sys/kernel/osrelease")).strip());
            return Optional.of(image).filter(Files::isReadable);
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    private static boolean boots(Qemu qemu, Optional<Path> kernel) throws IOException {
        List<String> command = new ArrayList<>(qemu.command());
        command.addAll(List.of(
                "-machine",
                "q35",
                "-accel",
                "kvm",
                "-cpu",
                "host",
                "-m",
                "256M",
                "-nodefaults",
                "-no-user-config",
                "-display",
                "none",
                "-monitor",
                "none",
                "-chardev",
                "stdio,id=out",
                "-no-reboot"));
        if (kernel.isPresent()) {
            command.addAll(List.of(
                    "-serial",
                    "chardev:out",
                    "-kernel",
                    kernel.get().toString(),
                    "-append",
                    "console=ttyS0 earlyprintk=serial panic=-1"));
        } else {
            // SeaBIOS tells this port what it does, and in the end that there is nothing to start.
            command.addAll(List.of("-device", "isa-debugcon,iobase=0x402,chardev=out"));
        }
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().putAll(qemu.environment());
        Process process = ChildProcesses.adopt(builder.start());
        try {
            Thread watchdog = Thread.ofVirtual().start(() -> {
                try {
                    if (!process.waitFor(TIMEOUT_MILLIS, TimeUnit.MILLISECONDS)) {
                        process.destroyForcibly();
                    }
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
            try {
                return saysLinux(process.getInputStream());
            } finally {
                watchdog.interrupt();
            }
        } finally {
            process.destroyForcibly();
        }
    }

    /** Reads until the kernel's first line or the firmware's last, QEMU's own report of a failure, or the end. */
    private static boolean saysLinux(InputStream output) throws IOException {
        StringBuilder said = new StringBuilder();
        byte[] buffer = new byte[4096];
        int length = output.read(buffer);
        while (length >= 0 && said.length() < 1 << 20) {
            said.append(new String(buffer, 0, length, StandardCharsets.ISO_8859_1));
            if (said.indexOf("Linux version") >= 0 || said.indexOf("No bootable device") >= 0) {
                return true;
            }
            if (said.indexOf("KVM internal error") >= 0) {
                return false;
            }
            length = output.read(buffer);
        }
        return false;
    }
}
