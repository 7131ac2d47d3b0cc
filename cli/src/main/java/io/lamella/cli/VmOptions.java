// SPDX-License-Identifier: Apache-2.0
package io.lamella.cli;

import io.lamella.vm.HostMemory;
import io.lamella.vm.VmException;
import io.lamella.vm.qemu.Disk;
import io.lamella.vm.qemu.MachineSpec;
import io.lamella.vm.qemu.Network;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What {@code vm} takes about the machine itself. */
final class VmOptions {
    private static final int MAX_VGPUS = 12;
    /** The first slot that a q35 machine leaves free beside a network card. */
    private static final int FIRST_VGPU_SLOT = 4;

    @Option(
            names = "--vgpu",
            paramLabel = "TYPE",
            description =
                    "A vGPU of this type; several times for several vGPUs in the one VM (default: what --type says).")
    List<String> vgpus = new ArrayList<>();

    @Option(
            names = "--attach",
            paramLabel = "VGPU",
            description =
                    "A vGPU that is there already: its name in the daemon, or its socket, a path with a slash in it. May"
                            + " be repeated. Without --vgpu no other vGPU is made.")
    List<String> attached = new ArrayList<>();

    @Option(
            names = "--gpu",
            paramLabel = "GPU",
            description =
                    "A whole GPU instead of a vGPU: one of the daemon's that is in passthrough mode, by name or number, or,"
                            + " without a daemon, a software GPU made for this VM (0). May be repeated.")
    List<String> gpus = new ArrayList<>();

    @Option(
            names = "--disk",
            paramLabel = "FILE[,OPTION]...",
            description =
                    "A disk image; may be repeated. The VM starts from the first one unless --kernel is given. Options:"
                            + " format=qcow2 or format=raw (a raw image needs it: its format is never guessed), readonly,"
                            + " size=20GiB to make an empty one.")
    List<String> disks = new ArrayList<>();

    @Option(
            names = "--initrd",
            paramLabel = "FILE",
            description = "The initial file system for a --kernel that is a file.")
    @Nullable
    Path initrd;

    @Option(
            names = "--append",
            paramLabel = "TEXT",
            description = "The kernel's command line; added to the usual one with a Debian kernel, all of it with a"
                    + " --kernel that is a file and starts from --initrd or --disk (default there: console=ttyS0).")
    @Nullable
    String append;

    @Option(
            names = "--bios",
            paramLabel = "FILE",
            description = "The firmware that starts the disk, such as /usr/share/ovmf/OVMF.fd (default: SeaBIOS).")
    @Nullable
    Path bios;

    @Option(names = "--memory", paramLabel = "SIZE", description = "The VM's memory, such as 4GiB (default: 1GiB).")
    @Nullable
    String memory;

    @Option(names = "--cpus", paramLabel = "N", description = "The VM's CPUs, 1 to 255 (default: 1 or 2, by the host).")
    @Nullable
    Integer cpus;

    @Option(
            names = "--net",
            paramLabel = "KIND",
            description = "none (the default) or user: the guest reaches what you reach, nobody reaches the guest.")
    String network = "none";

    @Option(
            names = "--run",
            paramLabel = "COMMAND",
            description = "Give no console: run this in the guest when its driver is loaded, print what it says, and"
                    + " switch the VM off. May be repeated. Not with --disk or --initrd.")
    List<String> commands = new ArrayList<>();

    @Option(
            names = "--print-command",
            description = "Print the QEMU command, one argument a line, ready to paste, and start nothing. vGPUs"
                    + " that it would make stand there with an example of a socket.")
    boolean printCommand;

    @Option(names = "--save-command", paramLabel = "FILE", description = "Also write that command to a file.")
    @Nullable
    Path saveCommand;

    /** How much memory it gets, checked against this host. @throws VmException when it cannot have that much */
    int memoryMib(HostMemory host) throws VmException {
        long bytes = memory == null ? 1L << 30 : HostMemory.parseSize(memory);
        long mib = bytes >> 20;
        if (mib < 256 || mib > MachineSpec.MAX_MEMORY_MIB) {
            throw new VmException("--memory " + memory + " is not possible: a VM has 256 MiB to 4 TiB.");
        }
        host.check(bytes);
        return (int) mib;
    }

    /** How many CPUs it gets. @throws VmException when no machine has that many */
    int cpus(int byDefault) throws VmException {
        int count = cpus == null ? byDefault : cpus;
        if (count < 1 || count > 255) {
            throw new VmException("--cpus " + count + " is not possible: a VM has 1 to 255.");
        }
        return count;
    }

    Network network() throws VmException {
        return switch (network.toLowerCase(Locale.ROOT)) {
            case "none" -> Network.NONE;
            case "user" -> Network.USER;
            default ->
                throw new VmException(
                        "--net " + network + " is not known; there are none and user. For a bridge, take the"
                                + " command from --print-command and add QEMU's -netdev.");
        };
    }

    List<Disk> disks() throws IOException {
        if (disks.size() > MachineSpec.MAX_DISKS) {
            throw new VmException(disks.size() + " disks are too many: a VM has up to " + MachineSpec.MAX_DISKS + ".");
        }
        List<Disk> images = new ArrayList<>();
        for (String text : disks) {
            Disk disk = Disk.parse(text);
            if (images.stream()
                    .anyMatch(other -> other.file().equals(disk.file()) && !(other.readOnly() && disk.readOnly()))) {
                throw new VmException("The disk image " + disk.file()
                        + " is given twice. One VM can have it twice only with ,readonly on both.");
            }
            images.add(disk);
        }
        return images;
    }

    /** The types of the vGPUs to make. */
    List<String> vgpuTypes(String byDefault) throws VmException {
        List<String> types = vgpus.isEmpty() && attached.isEmpty() && gpus.isEmpty() ? List.of(byDefault) : vgpus;
        if (types.size() + attached.size() + gpus.size() > MAX_VGPUS) {
            throw new VmException(types.size() + attached.size() + gpus.size()
                    + " GPUs and vGPUs are too many for one VM: it has slots for " + MAX_VGPUS + ".");
        }
        return types;
    }

    /** The PCI slot of a vGPU in the VM. */
    static int slot(int index) {
        return FIRST_VGPU_SLOT + index;
    }
}
