// SPDX-License-Identifier: Apache-2.0
package io.lamella.cli;

import io.lamella.daemon.DefaultPaths;
import io.lamella.vgpu.type.Board;
import io.lamella.vm.Cache;
import io.lamella.vm.HostMemory;
import io.lamella.vm.VmException;
import io.lamella.vm.guest.GuestCheck;
import io.lamella.vm.guest.GuestContents;
import io.lamella.vm.qemu.Boot;
import io.lamella.vm.qemu.CommandLine;
import io.lamella.vm.qemu.Disk;
import io.lamella.vm.qemu.Guest;
import io.lamella.vm.qemu.GuestKit;
import io.lamella.vm.qemu.MachineSpec;
import io.lamella.vm.qemu.Network;
import io.lamella.vm.qemu.Qemu;
import io.lamella.vm.qemu.ShellText;
import io.lamella.vm.qemu.VfioUserDevice;
import io.lamella.vm.qemu.VirtualMachine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code lamella vm}. */
@Command(
        name = "vm",
        mixinStandardHelpOptions = true,
        description = {
            "Boot a VM with vGPUs, or with a whole GPU, and give you its serial console.",
            "",
            "It starts your disk image (--disk), your kernel (--kernel FILE), or, with neither, a Debian kernel with a shell"
                    + " and nouveau loaded; leave that with exit. A kernel of yours without --disk and --initrd gets the"
                    + " same shell, with its --modules."
        },
        footer = {
            "",
            "Ctrl-a x ends QEMU at once; Ctrl-a h shows what else its console takes.",
            "",
            "Examples:",
            "  lamella vm --vgpu L40-8Q --vgpu L40-8Q",
            "  lamella vm --gpu 0",
            "  lamella vm --attach alice --run 'dmesg | grep nouveau'",
            "  lamella vm --disk debian.qcow2 --memory 4GiB --cpus 4 --net user",
            "  lamella vm --gpu 0 --kernel ./bzImage --modules ./root --driver nova",
            "  lamella vm --kernel ./vmlinuz --initrd ./initrd.img \\",
            "             --append 'root=/dev/vda1 console=ttyS0' --disk root.img,format=raw"
        })
final class VmCommand implements Callable<Integer> {
    private static final System.Logger LOG = System.getLogger(VmCommand.class.getName());

    @Mixin
    private DemoOptions options = new DemoOptions();

    @Mixin
    private VmOptions machine = new VmOptions();

    @Mixin
    private GuestKernel guest = new GuestKernel();

    @Spec
    private @Nullable CommandSpec command;

    @Override
    public Integer call() throws IOException {
        // Everything that can be wrong with what was typed is found before anything is started.
        HostMemory host = HostMemory.read();
        int memoryMib = machine.memoryMib(host);
        List<Disk> disks = machine.disks();
        Network network = machine.network();
        List<String> types = machine.vgpuTypes(options.type());
        checkBootOptions(disks);
        if (!isKernelFile() && !startsFromDisk() && machine.attached.isEmpty()) {
            options.checkKernel();
        }
        if (!host.hasRoomFor((long) memoryMib << 20)) {
            System.err.println("lamella: the VM may use " + HostMemory.gibibytes((long) memoryMib << 20) + ", but only "
                    + HostMemory.gibibytes(host.availableBytes())
                    + " are free: the host may have to swap, or to kill it.");
        }
        try (CleanUp cleanUp = new CleanUp()) {
            Story story = new Story(System.err, OutputFormat.text, Terminal.isInteractive(), System::nanoTime);
            List<Path> sockets = new ArrayList<>();
            for (String vgpu : machine.attached) {
                sockets.add(AttachOptions.socket(vgpu, DefaultPaths.ofUser().socket()));
            }
            List<String> whole = machine.gpus;
            Path daemon = DefaultPaths.ofUser().socket();
            if (WholeGpus.hasDaemon(daemon)) {
                for (String gpu : whole) {
                    sockets.add(WholeGpus.socketOf(gpu, daemon));
                }
            } else if (!whole.isEmpty()) {
                List<String> names = WholeGpus.ownNames(whole, daemon);
                if (machine.printCommand) {
                    names.forEach(name -> sockets.add(Path.of("/run/lamella/" + name + ".sock")));
                } else {
                    Board board = options.board();
                    WholeGpus.start(story, cleanUp, names, board).forEach(gpu -> sockets.add(gpu.socket()));
                }
            }
            if (machine.printCommand) {
                for (int i = 0; i < types.size(); i++) {
                    sockets.add(Path.of("/run/lamella/vgpu" + i + ".sock"));
                }
            } else if (!types.isEmpty()) {
                DemoHost gpuHost = DemoHost.start(story, cleanUp, options);
                for (int i = 0; i < types.size(); i++) {
                    String label = types.size() == 1 ? "vGPU" : "vGPU " + (i + 1);
                    sockets.add(gpuHost.createVgpu(story, label, types.get(i), options)
                            .socket());
                }
            }
            List<VfioUserDevice> devices = new ArrayList<>();
            for (int i = 0; i < sockets.size(); i++) {
                devices.add(new VfioUserDevice("vgpu" + i, sockets.get(i), VmOptions.slot(i)));
            }
            MachineSpec plain = story.tell("Guest", stage -> prepare(stage, disks, network));
            MachineSpec spec = plain.withDevices(devices)
                    .withDisks(disks)
                    .withNetwork(network)
                    .withSize(machine.cpus(plain.cpus()), memoryMib);
            spec = machine.commands.isEmpty() ? spec.withTerminal() : spec;
            String shown = ShellText.lines(CommandLine.forPeople(spec));
            if (machine.saveCommand != null) {
                save(machine.saveCommand, shown);
            }
            if (machine.printCommand) {
                System.out.print(shown);
                if (!types.isEmpty()) {
                    System.err.println(
                            "lamella: /run/lamella/vgpuN.sock are examples: put your vGPUs' sockets there, or name"
                                    + " them with --attach.");
                }
                return ExitCode.OK;
            }
            Path logs = Cache.ofUser().folder().resolve("logs");
            if (!machine.commands.isEmpty()) {
                VirtualMachine running = cleanUp.add(VirtualMachine.start(spec, logs, line -> {}));
                return GuestCommands.run(story, running, guest.driverModules(), machine.commands, System.out);
            }
            story.blankLine();
            VirtualMachine running = cleanUp.add(VirtualMachine.start(spec, logs, line -> {}));
            var exit = running.exit().join();
            return switch (exit.kind()) {
                case POWERED_OFF, STOPPED -> ExitCode.OK;
                case PANICKED, FAILED -> {
                    System.err.println("lamella: " + exit.reason());
                    yield ExitCode.FAILED;
                }
            };
        }
    }

    private boolean isKernelGiven() {
        return command != null && command.commandLine().getParseResult().hasMatchedOption("--kernel");
    }

    private boolean isKernelFile() {
        return GuestKernel.isFile(options.kernel);
    }

    /** With nothing else to start, a kernel of the user's gets our own small file system, its modules, and a shell. */
    private boolean isOwnGuest() {
        return !startsFromDisk() && (!isKernelFile() || (machine.initrd == null && machine.disks.isEmpty()));
    }

    private boolean startsFromDisk() {
        return !isKernelGiven() && (!machine.disks.isEmpty() || machine.bios != null);
    }

    private void checkBootOptions(List<Disk> disks) throws IOException {
        if (!machine.commands.isEmpty() && !isOwnGuest()) {
            throw new VmException(
                    "--run goes with a guest of ours: what you start from a disk or an initrd has no channel for"
                            + " commands.");
        }
        if (machine.initrd != null && !isKernelFile()) {
            throw new VmException(
                    "--initrd goes with a kernel of your own: give --kernel as a path, such as ./vmlinuz.");
        }
        guest.driverModules();
        if (isKernelFile() && isOwnGuest()) {
            guest.check(options.kernel);
        }
        if (guest.modules != null && !(isKernelFile() && isOwnGuest())) {
            throw new VmException("--modules goes with a --kernel that is a file, without --initrd and --disk.");
        }
        if (machine.append != null && startsFromDisk()) {
            throw new VmException("--append goes with --kernel: what the disk starts has its own command line.");
        }
        if (machine.bios != null && isKernelGiven()) {
            throw new VmException("--bios goes with a VM that starts from its disk: leave out --kernel.");
        }
        if (machine.bios != null && disks.isEmpty()) {
            throw new VmException("--bios has nothing to start: add --disk.");
        }
    }

    private MachineSpec prepare(Story.Stage stage, List<Disk> disks, Network network) throws IOException {
        GuestKit kit = new GuestKit(Cache.ofUser(), update -> stage.doing(update.stage()));
        if (isOwnGuest()) {
            GuestContents contents = contents();
            Guest prepared = guest.prepare(
                    kit,
                    options.kernel,
                    disks.isEmpty() && network == Network.NONE ? contents : contents.withDisksAndNetwork());
            stage.say("Linux " + prepared.kernel().release() + ", QEMU "
                    + prepared.qemu().version());
            List<String> words = machine.append == null || machine.append.isBlank()
                    ? List.of()
                    : List.of(machine.append.strip().split("\\s+", -1));
            return MachineSpec.of("vm", prepared).withKernelParameters(words);
        }
        Boot boot;
        Optional<Path> kernel = Optional.empty();
        if (isKernelFile()) {
            Path image = Path.of(options.kernel);
            boot = Boot.Kernel.of(
                    image,
                    Optional.ofNullable(machine.initrd),
                    machine.append == null ? "console=ttyS0" : machine.append);
            kernel = Optional.of(image.toAbsolutePath());
        } else {
            boot = Boot.Firmware.of(Optional.ofNullable(machine.bios));
        }
        Qemu qemu = kit.qemu();
        stage.say((isKernelFile() ? options.kernel : disks.getFirst().file()) + ", QEMU " + qemu.version());
        return MachineSpec.of("vm", qemu, kit.accelerator(qemu, kernel), boot);
    }

    /** With the check program where it can be built; without a compiler the guest is of use all the same. */
    private GuestContents contents() throws IOException {
        Map<String, byte[]> firmware = DemoHost.guestFirmware(options);
        try {
            return new GuestContents(
                    guest.driverModules(), firmware, Map.of(GuestCheck.PROGRAM, GuestCheck.program(Cache.ofUser())));
        } catch (IOException e) {
            LOG.log(System.Logger.Level.DEBUG, "The guest has no check program.", e);
            return new GuestContents(guest.driverModules(), firmware, Map.of());
        }
    }

    private static void save(Path file, String shown) throws IOException {
        try {
            Files.writeString(
                    file,
                    "#!/bin/sh\n# Written by lamella vm. The vGPUs' sockets must be served when it is run.\nexec env "
                            + shown);
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
        } catch (IOException e) {
            throw new VmException("The command cannot be saved to " + file + ": " + e.getMessage(), e);
        }
    }
}
