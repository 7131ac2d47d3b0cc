// SPDX-License-Identifier: Apache-2.0
package io.lamella.cli;

import io.lamella.vm.VmException;
import io.lamella.vm.qemu.Accelerator;
import io.lamella.vm.qemu.Disk;
import io.lamella.vm.qemu.LibvirtDomain;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code lamella libvirt-xml}. */
@Command(
        name = "libvirt-xml",
        mixinStandardHelpOptions = true,
        description = {
            "Print a libvirt domain with vGPUs, for virsh define.",
            "",
            "libvirt has no element for vfio-user devices: they go through its namespace for QEMU's command line. The domain"
                    + " runs with them, but virt-manager does not show them."
        },
        footer = {
            "",
            "The user that libvirt runs QEMU as must reach the socket, which only the daemon's user may use at first: make a"
                    + " group that both users are in and name it in the daemon's configuration (vgpuSockets: {mode: \"0660\","
                    + " group: GROUP}). Where AppArmor is on, add to /etc/apparmor.d/local/abstractions/libvirt-qemu:",
            "  /run/lamella/** rw,",
            "Where SELinux is on, QEMU (svirt_t) needs leave to connect: run it once in permissive mode and make a module"
                    + " from what audit2allow says."
        })
final class LibvirtXmlCommand implements Callable<Integer> {
    @Mixin
    private AttachOptions attach = new AttachOptions();

    @Option(names = "--name", paramLabel = "NAME", description = "The domain's name (default: ${DEFAULT-VALUE}).")
    private String name = "lamella";

    @Option(names = "--cpus", paramLabel = "N", description = "Its CPUs (default: ${DEFAULT-VALUE}).")
    private int cpus = 2;

    @Option(
            names = "--disk",
            paramLabel = "FILE[,OPTION]...",
            description = "A disk image; may be repeated. The domain starts from the first. Options as for lamella vm.")
    private List<String> disks = new ArrayList<>();

    @Option(names = "--no-kvm", description = "For a host without KVM: slow, but runs anywhere.")
    private boolean noKvm;

    @Option(names = "--fragment", description = "Print only what an existing domain lacks, for virsh edit.")
    private boolean fragment;

    @Override
    public Integer call() throws IOException {
        if (cpus < 1 || cpus > 255) {
            throw new VmException("--cpus " + cpus + " is not possible: a VM has 1 to 255.");
        }
        List<Disk> images = new ArrayList<>();
        for (String disk : disks) {
            images.add(Disk.parse(disk));
        }
        LibvirtDomain domain = new LibvirtDomain(
                name, attach.memoryMib(), cpus, images, attach.devices(), noKvm ? Accelerator.TCG : Accelerator.KVM);
        System.out.print(fragment ? domain.fragment() : domain.xml());
        return ExitCode.OK;
    }
}
