// SPDX-License-Identifier: Apache-2.0
package io.lamella.cli;

import io.lamella.cli.probe.DriverProbe;
import io.lamella.cli.probe.JUnitXml;
import io.lamella.cli.probe.ProbeCase;
import io.lamella.cli.probe.ProbeOutcome;
import io.lamella.cli.probe.ProbeOutcome.Verdict;
import io.lamella.gpu.firmware.SyntheticFirmware;
import io.lamella.vm.Cache;
import io.lamella.vm.VmException;
import io.lamella.vm.guest.GuestContents;
import io.lamella.vm.guest.KernelProvider;
import io.lamella.vm.qemu.Guest;
import io.lamella.vm.qemu.GuestKit;
import io.lamella.vm.qemu.MachineSpec;
import io.lamella.vm.qemu.VfioUserDevice;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code lamella probe}. */
@Command(
        name = "probe",
        mixinStandardHelpOptions = true,
        description = {
            "Find out whether a kernel's GPU driver comes up, on every chip, on a vGPU and on a whole GPU.",
            "",
            "For each of them it boots the kernel in a VM with a software GPU, loads the driver, and reads what it says:"
                    + " the GPU must be found and initialised, and no line may tell of a failure. No GPU is needed."
        },
        footer = {
            "",
            "It returns 0 if the driver came up everywhere, and 1 if it did not.",
            "",
            "Examples:",
            "  lamella probe",
            "  lamella probe --kernel arch/x86/boot/bzImage --junit probe.xml",
            "  lamella probe --kernel ./bzImage --modules ./root --driver nova --on pf"
        })
final class ProbeCommand implements Callable<Integer> {
    private static final int SLOT = 4;

    @Option(
            names = "--kernel",
            paramLabel = "KERNEL",
            description = "A kernel image of yours (a bzImage), or a version of Debian's: 6.12, 7.x (the default).")
    private String kernel = KernelProvider.NEWEST;

    @Mixin
    private GuestKernel guest = new GuestKernel();

    @Option(
            names = "--chips",
            paramLabel = "CHIP",
            split = ",",
            description = "The chips, separated by commas (default: all that the software GPU can be).")
    private List<String> chips = new ArrayList<>();

    @Option(
            names = "--on",
            paramLabel = "KIND",
            split = ",",
            description = "vgpu, pf (a whole GPU), or both with a comma (default: vgpu,pf).")
    private List<String> kinds = new ArrayList<>();

    @Option(
            names = "--junit",
            paramLabel = "FILE",
            description = "Also write a report as build servers read it: JUnit's XML.")
    @Nullable
    private Path junit;

    @Option(
            names = "--timeout",
            paramLabel = "SECONDS",
            description = "For each of them, from the VM's start to the verdict (default: ${DEFAULT-VALUE}).")
    private int timeoutSeconds = 300;

    @Option(names = "-o", paramLabel = "FORMAT", description = "${COMPLETION-CANDIDATES} (default: text).")
    private OutputFormat format = OutputFormat.text;

    @Override
    public Integer call() throws IOException {
        List<String> modules = guest.driverModules();
        List<ProbeTarget> targets = ProbeTarget.choose(chips, kinds);
        if (timeoutSeconds < 5 || timeoutSeconds > 86_400) {
            throw new VmException("--timeout " + timeoutSeconds + " is not possible: 5 to 86400 seconds are.");
        }
        // Tried at once: a run that takes minutes is not to fail at its end.
        write(JUnitXml.of(List.of(), Instant.now(), hostName(), Map.of()));
        Story story = new Story(System.err, format, Terminal.isInteractive(), System::nanoTime);
        Guest prepared = story.tell("Guest", stage -> {
            GuestKit kit = new GuestKit(Cache.ofUser(), update -> stage.doing(update.stage()));
            Guest made = guest.prepare(kit, kernel, new GuestContents(modules, firmware(), Map.of()));
            stage.say(
                    "Linux " + made.kernel().release() + ", QEMU " + made.qemu().version());
            return made;
        });
        Instant begun = Instant.now();
        List<ProbeOutcome> outcomes = new ArrayList<>();
        for (ProbeTarget target : targets) {
            ProbeCase probed = new ProbeCase(
                    target.board().chip(),
                    target.kind(),
                    target.label(),
                    prepared.kernel().release(),
                    guest.driver,
                    modules);
            ProbeOutcome outcome = story.tell(probed.name(), stage -> {
                stage.doing("booting");
                ProbeOutcome one = run(probed, target, prepared);
                stage.say(one.verdict() + ": " + one.sentence());
                return one;
            });
            outcomes.add(outcome);
            // Anew after each, so that a run that is cut short leaves what it found.
            write(JUnitXml.of(outcomes, begun, hostName(), properties(prepared)));
        }
        print(outcomes);
        return outcomes.stream().allMatch(outcome -> outcome.verdict() == Verdict.PASSED)
                ? ExitCode.OK
                : ExitCode.FAILED;
    }

    private void write(String report) throws VmException {
        Path file = junit;
        if (file != null) {
            try {
                Files.writeString(file, report);
            } catch (IOException e) {
                throw new VmException("The report " + file + " cannot be written: " + e, e);
            }
        }
    }

    private ProbeOutcome run(ProbeCase probed, ProbeTarget target, Guest prepared) throws IOException {
        try (CleanUp cleanUp = new CleanUp()) {
            ProbeTarget.Served served;
            try {
                served = target.serve(cleanUp);
            } catch (IOException | RuntimeException e) {
                return ProbeOutcome.error(probed, 0, "There is no GPU to probe: " + Lamella.sentence(e), List.of());
            }
            MachineSpec machine = MachineSpec.of("probe", prepared)
                    .withDevices(List.of(new VfioUserDevice("gpu0", served.socket(), SLOT)));
            return DriverProbe.run(
                    probed,
                    machine,
                    Cache.ofUser().folder().resolve("logs"),
                    Duration.ofSeconds(timeoutSeconds),
                    () -> hints(served));
        }
    }

    private List<String> hints(ProbeTarget.Served served) {
        List<String> hints = new ArrayList<>(served.hints());
        if (GuestKernel.isFile(kernel) && guest.modules == null) {
            hints.add("The driver is taken to be built into " + kernel + "; if it is a module, say --modules DIR.");
        }
        return hints;
    }

    private static Map<String, byte[]> firmware() {
        Map<String, byte[]> files = new HashMap<>();
        DemoOptions.GUEST_FIRMWARE.forEach(release -> files.putAll(SyntheticFirmware.files(release)));
        return files;
    }

    private Map<String, String> properties(Guest prepared) {
        return new TreeMap<>(Map.of(
                "kernel", prepared.kernel().release(),
                "kernel.image", prepared.kernel().image().toString(),
                "driver", guest.driver,
                "qemu", prepared.qemu().version(),
                "accelerator", prepared.accelerator().toString()));
    }

    private static String hostName() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "localhost";
        }
    }

    private void print(List<ProbeOutcome> outcomes) {
        if (format == OutputFormat.json) {
            Json.print(System.out, Map.of("outcomes", outcomes));
            return;
        }
        Table table = new Table("CHIP", "ON", "GPU", "KERNEL", "DRIVER", "RESULT", "SECONDS", "WHAT IT SAID");
        for (ProbeOutcome one : outcomes) {
            ProbeCase probed = one.probed();
            table.row(
                    probed.chip(),
                    probed.on(),
                    probed.gpu(),
                    probed.kernel(),
                    probed.driver(),
                    one.verdict(),
                    Math.round(one.seconds()),
                    one.sentence());
        }
        table.lines().forEach(System.out::println);
        for (ProbeOutcome one : outcomes) {
            if (!one.problems().isEmpty()) {
                System.out.println();
                System.out.println(one.probed().name() + ":");
                one.problems().stream().limit(20).forEach(line -> System.out.println("  " + line));
            }
        }
    }
}
