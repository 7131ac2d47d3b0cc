// SPDX-License-Identifier: Apache-2.0
package io.lamella.cli;

import io.lamella.host.SchedulerSettings;
import io.lamella.vfio.VfioVgpu;
import io.lamella.vgpu.type.VgpuType;
import io.lamella.vm.Cache;
import io.lamella.vm.Progress;
import io.lamella.vm.VmException;
import io.lamella.vm.guest.GuestContents;
import io.lamella.vm.qemu.Accelerator;
import io.lamella.vm.qemu.Guest;
import io.lamella.vm.qemu.GuestKit;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code lamella demo}. */
@Command(
        name = "demo",
        mixinStandardHelpOptions = true,
        description = "Start the software GPU, make a vGPU, boot a real VM on it, tell what its driver found, and let"
                + " it work.",
        footer = {
            "",
            "QEMU and the guest's kernel come from Debian's packages, into ~/.cache/lamella.",
            "Exit code 0 if every stage succeeded; 1 with the reason and the guest's log kept if not.",
            "",
            "Examples:",
            "  ./lamella demo",
            "  ./lamella demo --type L40-24Q --kernel 6.12",
            "  ./lamella demo --board 'RTX PRO 6000'",
            "  ./lamella demo --vms 2 -o json",
            "  ./lamella demo --vms 2 --type L40-12Q --scheduler fixed-share"
        })
final class DemoCommand implements Callable<Integer> {
    private static final int MOST_VMS = 8;

    @Mixin
    private DemoOptions options = new DemoOptions();

    @Option(
            names = "--vms",
            paramLabel = "N",
            description = "How many VMs, each with a vGPU of its own, at the same time (default: 1).")
    private int vms = 1;

    @Option(
            names = "--no-vm",
            description = "No VM: a second process drives the vGPU over its socket with Lamella's own core.")
    private boolean noVm;

    @Option(names = "-o", paramLabel = "FORMAT", description = "${COMPLETION-CANDIDATES} (default: text).")
    private OutputFormat format = OutputFormat.text;

    @Spec
    private @Nullable CommandSpec spec;

    /** Why the guests have no program that does work; empty if they do. */
    private String noWork = "";

    private final Executor threads = task -> Thread.ofVirtual().start(task);

    @Override
    public Integer call() {
        if (spec != null && (vms < 1 || vms > MOST_VMS)) {
            throw new ParameterException(spec.commandLine(), "--vms takes 1 to " + MOST_VMS + ", not " + vms + ".");
        }
        // Refused before anything is started.
        SchedulerSettings ignored = options.scheduler.settings();
        try {
            if (!noVm) {
                options.checkKernel();
            }
        } catch (VmException e) {
            throw new ParameterException(Objects.requireNonNull(spec).commandLine(), Lamella.sentence(e), e);
        }
        Story story = new Story(System.out, format, Terminal.isInteractive(), System::nanoTime);
        int exitCode = ExitCode.OK;
        try (CleanUp cleanUp = new CleanUp()) {
            story.title("Lamella: " + (vms == 1 ? "one vGPU" : vms + " vGPUs") + " on one GPU, all in user space.");
            run(story, cleanUp);
        } catch (IOException | RuntimeException e) {
            exitCode = ExitCode.FAILED;
            if (System.getenv("LAMELLA_TRACE") != null) {
                e.printStackTrace();
            }
        }
        if (format == OutputFormat.json) {
            Json.print(System.out, story.toDocument());
        } else {
            System.out.println();
            System.out.println(String.format(
                    Locale.ROOT,
                    exitCode == ExitCode.OK ? "Done in %.0f s." : "Failed after %.0f s.",
                    story.seconds()));
        }
        return exitCode;
    }

    private void run(Story story, CleanUp cleanUp) throws IOException {
        Path logs = logFolder();
        DemoHost host = DemoHost.start(story, cleanUp, options);
        List<VfioVgpu> vgpus = new ArrayList<>();
        for (int i = 0; i < vms; i++) {
            vgpus.add(host.createVgpu(story, label("vGPU", i), options));
        }
        Optional<Guest> guest = noVm ? Optional.empty() : prepare(story);
        if (guest.isEmpty()) {
            for (int i = 0; i < vms; i++) {
                driveWithoutVm(story, label("Driver", i), vgpus.get(i));
            }
        } else {
            try {
                driveInVms(story, cleanUp, host, guest.get(), vgpus, logs);
            } catch (IOException | RuntimeException e) {
                story.note("The guests' logs are in " + logs + ".");
                throw e;
            }
        }
        story.tell("Shutdown", stage -> {
            stage.doing("taking everything down");
            host.close();
            if (Files.exists(host.runtimeDirectory())) {
                throw new VmException("The host left its directory " + host.runtimeDirectory() + " behind.");
            }
            return stage.say("vGPUs destroyed, GPU unloaded, nothing left behind");
        });
        if (Files.exists(logs)) {
            Cache.deleteTree(logs);
        }
    }

    /** Everything a guest boots from; empty where no QEMU can be had, which is said then. */
    private Optional<Guest> prepare(Story story) throws IOException {
        return story.tell("Guest", stage -> {
            Progress progress = update -> stage.doing(
                    update.fraction() < 0
                            ? update.stage()
                            : String.format(Locale.ROOT, "%s, %.0f %%", update.stage(), 100 * update.fraction()));
            GuestKit kit = new GuestKit(Cache.ofUser(), progress);
            try {
                kit.qemu();
            } catch (VmException e) {
                stage.say("none: no QEMU can be had here")
                        .say(Lamella.sentence(e))
                        .say("So a second process drives the vGPU with Lamella's own core instead.")
                        .fact("missing", Lamella.sentence(e));
                return Optional.<Guest>empty();
            }
            Map<String, byte[]> firmware = DemoHost.guestFirmware(options);
            GuestContents contents = GuestContents.nouveau(firmware);
            try {
                contents = DemoGuest.contents(firmware);
            } catch (VmException e) {
                noWork = Lamella.sentence(e);
            }
            Guest guest = kit.prepare(options.kernel, contents);
            stage.say("Linux " + guest.kernel().release() + ", unmodified, from Debian")
                    .say("QEMU " + guest.qemu().version() + ", " + describe(guest.accelerator()))
                    .fact("kernel", guest.kernel().release())
                    .fact("qemu", guest.qemu().version())
                    .fact("accelerator", guest.accelerator().name().toLowerCase(Locale.ROOT));
            return Optional.of(guest);
        });
    }

    private static String describe(Accelerator accelerator) {
        return switch (accelerator) {
            case KVM -> "KVM";
            case TCG -> "TCG (no usable KVM here)";
        };
    }

    private void driveInVms(Story story, CleanUp cleanUp, DemoHost host, Guest guest, List<VfioVgpu> vgpus, Path logs)
            throws IOException {
        List<DemoGuest> guests = story.tell("VM", stage -> {
            stage.doing("booting " + (vms == 1 ? "it" : "them"));
            List<DemoGuest> booted = each(i -> cleanUp.add(DemoGuest.boot(
                    guest, "vm" + (i + 1), vgpus.get(i).socket(), logs, line -> stage.doing(line.strip()))));
            stage.say(vms == 1 ? "booted" : vms + " booted");
            return booted;
        });
        List<DemoGuest.Driver> drivers = story.tell("Driver", stage -> {
            stage.doing("loading nouveau");
            List<DemoGuest.Driver> loaded = each(i -> guests.get(i).loadDriver());
            for (int i = 0; i < vms; i++) {
                tellDriver(stage, i, loaded.get(i), vgpus.get(i).vgpu().info().type());
            }
            return loaded;
        });
        story.tell("Reload", stage -> {
            stage.doing("unloading and loading nouveau again");
            List<DemoGuest.Driver> again = each(i -> {
                guests.get(i).unloadDriver();
                return guests.get(i).loadDriver();
            });
            for (int i = 0; i < vms; i++) {
                if (again.get(i).device().vramMib() != drivers.get(i).device().vramMib()) {
                    throw new VmException("After loading again the driver reports "
                            + again.get(i).device().vramMib() + " MiB of VRAM instead of "
                            + drivers.get(i).device().vramMib() + ".");
                }
            }
            return stage.say("driver unloaded and loaded again, same report");
        });
        story.tell("Work", stage -> {
            if (!noWork.isEmpty()) {
                return stage.say("none: the program for it cannot be built")
                        .say(noWork)
                        .fact("missing", noWork);
            }
            if (options.traceOptions.record != null) {
                return stage.say("not measured: each access of a recorded driver waits for what it brings about");
            }
            stage.doing("copying within video memory");
            new DemoWork(
                            host.gpu(),
                            vgpus.stream().map(vgpu -> vgpu.vgpu().uuid()).toList(),
                            guests)
                    .run(stage);
            return stage;
        });
        story.tell("Power off", stage -> {
            stage.doing("switching off");
            // Of a chip that its FSP boots, nouveau 7.3 does not know where the firmware lies; to shut it down it asks
            // for
            // memory for whatever that makes, up to 4 GiB, and does not survive it when there is not so much.
            boolean unloadsFirst = options.isBlackwell();
            each(i -> {
                if (unloadsFirst) {
                    guests.get(i).unloadDriver();
                }
                guests.get(i).powerOff();
                return i;
            });
            if (unloadsFirst) {
                stage.say("driver unloaded first: Linux 7.3's nouveau cannot shut this chip down in a small VM");
            }
            return stage.say(vms == 1 ? "the VM switched itself off" : "the VMs switched themselves off");
        });
    }

    private void tellDriver(Story.Stage stage, int index, DemoGuest.Driver driver, VgpuType type) throws VmException {
        long expectedMib = type.fbLengthBytes() >> 20;
        if (driver.device().vramMib() != expectedMib) {
            throw new VmException("The guest's driver reports "
                    + driver.device().vramMib() + " MiB of VRAM, but " + type.describe() + ".");
        }
        String prefix = vms == 1 ? "" : "VM " + (index + 1) + ": ";
        String firmware = driver.device().firmwareRelease();
        stage.say(prefix + "NVIDIA " + driver.device().chip() + " ("
                        + driver.device().bootId() + "), Initialized nouveau")
                // Kernel 6.12 does not name the release; it knows only 535.113.01.
                .say(prefix + (firmware == null ? "" : "GSP " + firmware + ", ") + "VRAM "
                        + driver.device().vramMib() + " MiB")
                .say(prefix + String.join(" ", driver.drmDevices()));
        for (String line : driver.expected()) {
            stage.say(prefix + "not there yet: " + line);
        }
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("chip", String.valueOf(driver.device().chip()));
        facts.put("bootId", String.valueOf(driver.device().bootId()));
        if (firmware != null) {
            facts.put("firmwareRelease", firmware);
        }
        facts.put("vramMib", driver.device().vramMib());
        facts.put("drmDevices", driver.drmDevices());
        facts.put("notThereYet", driver.expected());
        stage.fact("vm" + (index + 1), facts);
    }

    private void driveWithoutVm(Story story, String label, VfioVgpu vgpu) throws IOException {
        story.tell(label, stage -> {
            stage.doing("driving the vGPU from a second process");
            Map<String, String> report = NoVmProcess.run(vgpu.socket());
            stage.say("Lamella's own core, in a second process")
                    .say("NVIDIA " + report.get("chip") + ", GSP " + report.get("firmware") + ", VRAM "
                            + report.get("vram-mib") + " MiB")
                    .say("booted in " + report.get("boot-ms") + " ms, unloaded in " + report.get("unload-ms") + " ms");
            report.forEach(stage::fact);
            return stage;
        });
    }

    /** A step of one VM; the VMs take it at the same time. */
    private interface Step<T> {
        T run(int index) throws IOException;
    }

    private <T> List<T> each(Step<T> step) throws IOException {
        List<CompletableFuture<T>> running = new ArrayList<>();
        for (int i = 0; i < vms; i++) {
            int index = i;
            running.add(CompletableFuture.supplyAsync(
                    () -> {
                        try {
                            return step.run(index);
                        } catch (IOException e) {
                            throw new UncheckedIOException(Lamella.sentence(e), e);
                        }
                    },
                    threads));
        }
        List<T> results = new ArrayList<>();
        try {
            for (CompletableFuture<T> one : running) {
                results.add(one.join());
            }
        } catch (CompletionException e) {
            throw e.getCause() instanceof UncheckedIOException io && io.getCause() != null
                    ? io.getCause()
                    : new VmException(e.getCause() == null ? Lamella.sentence(e) : Lamella.sentence(e.getCause()));
        }
        return results;
    }

    private String label(String word, int index) {
        return vms == 1 ? word : word + " " + (index + 1);
    }

    private static Path logFolder() throws IOException {
        return Cache.ofUser()
                .folder()
                .resolve("logs")
                .resolve("demo-"
                        + LocalDateTime.now(ZoneId.systemDefault())
                                .format(DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss"))
                        + "-" + ProcessHandle.current().pid());
    }
}
