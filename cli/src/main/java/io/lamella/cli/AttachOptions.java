// SPDX-License-Identifier: Apache-2.0
package io.lamella.cli;

import io.lamella.cli.node.DaemonSocket;
import io.lamella.daemon.client.DaemonClient;
import io.lamella.host.node.VgpuView;
import io.lamella.vm.HostMemory;
import io.lamella.vm.VmException;
import io.lamella.vm.qemu.MachineSpec;
import io.lamella.vm.qemu.VfioUserDevice;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What {@code qemu-args} and {@code libvirt-xml} have in common: which vGPUs, in a guest of what size. */
final class AttachOptions {
    /** High enough for the bridges and devices that QEMU and libvirt put on the root bus by themselves. */
    private static final int FIRST_SLOT = 16;

    private static final int MAX_VGPUS = 10;

    @Parameters(
            arity = "0..*",
            paramLabel = "VGPU",
            description =
                    "A vGPU of the daemon by name or id, or a socket by its path; several for several vGPUs in one VM.")
    private List<String> vgpus = new ArrayList<>();

    @Option(
            names = "--gpu",
            paramLabel = "GPU",
            description =
                    "A whole GPU of the daemon's that is in passthrough mode, by name or number; may be repeated.")
    private List<String> gpus = new ArrayList<>();

    @Option(names = "--memory", paramLabel = "SIZE", description = "The guest's memory (default: ${DEFAULT-VALUE}).")
    private String memory = "4GiB";

    @Mixin
    private DaemonSocket daemon = new DaemonSocket();

    /** The vGPUs as devices of one guest. @throws VmException when they cannot be that */
    List<VfioUserDevice> devices() throws VmException {
        int count = vgpus.size() + gpus.size();
        if (count == 0) {
            throw new VmException("Say which vGPUs, by name or socket, or which GPU as a whole, with --gpu.");
        }
        if (count > MAX_VGPUS) {
            throw new VmException(count + " vGPUs are too many for one VM's root bus: " + MAX_VGPUS + " fit.");
        }
        List<VfioUserDevice> devices = new ArrayList<>();
        for (int i = 0; i < vgpus.size(); i++) {
            devices.add(new VfioUserDevice("vgpu" + i, socket(vgpus.get(i), daemon.path()), FIRST_SLOT + i));
        }
        for (int i = 0; i < gpus.size(); i++) {
            Path socket = WholeGpus.socketOf(gpus.get(i), daemon.path());
            devices.add(new VfioUserDevice("gpu" + i, socket, FIRST_SLOT + devices.size()));
        }
        return devices;
    }

    /** A path is told from a name by its slash; the daemon at a socket of its own knows the names. */
    static Path socket(String text, Path daemon) throws VmException {
        if (!text.contains("/")) {
            return socketOf(text, daemon);
        }
        Path path = Path.of(text);
        if (!Files.exists(path)) {
            System.err.println("lamella: nobody serves a vGPU at " + path + " yet.");
        }
        return path.toAbsolutePath().normalize();
    }

    private static Path socketOf(String nameOrUuid, Path daemon) throws VmException {
        VgpuView vgpu;
        try (DaemonClient client = DaemonClient.connect(daemon)) {
            vgpu = client.vgpu(nameOrUuid);
        } catch (UncheckedIOException e) {
            throw new VmException(Lamella.sentence(e) + " (A vGPU is given by the name that the daemon knows, or by its"
                    + " socket: a path with a slash in it.)");
        }
        String socket = vgpu.status().socket();
        if (socket == null || socket.isEmpty()) {
            throw new VmException("The vGPU " + nameOrUuid + " has no socket while it is "
                    + vgpu.status().phase().toString().toLowerCase(Locale.ROOT)
                    + ". Start it first: lamella vgpu start "
                    + nameOrUuid);
        }
        return Path.of(socket);
    }

    int memoryMib() throws VmException {
        long mib = HostMemory.parseSize(memory) >> 20;
        if (mib < 256 || mib > MachineSpec.MAX_MEMORY_MIB) {
            throw new VmException("--memory " + memory + " is not possible: a VM has 256 MiB to 4 TiB.");
        }
        return (int) mib;
    }
}
