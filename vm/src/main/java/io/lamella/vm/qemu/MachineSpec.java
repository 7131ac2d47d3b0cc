// SPDX-License-Identifier: Apache-2.0
package io.lamella.vm.qemu;

import java.util.List;

/**
 * What a machine is made of.
 *
 * @param name for process lists and logs: letters, digits, dots, dashes
 * @param qemu the program
 * @param accelerator how instructions run
 * @param boot what it starts with
 * @param cpus virtual CPUs, 1 to 255
 * @param memoryMib memory in MiB, 256 to 4194304
 * @param devices vfio-user devices
 * @param disks disk images, at most 12; firmware starts the first
 * @param network its network
 * @param iommu whether devices reach memory through an emulated IOMMU, so that a guest can give them to its own programs
 * @param interactive true when the user's terminal becomes the console, false when the host drives the guest
 */
public record MachineSpec(
        String name,
        Qemu qemu,
        Accelerator accelerator,
        Boot boot,
        int cpus,
        int memoryMib,
        List<VfioUserDevice> devices,
        List<Disk> disks,
        Network network,
        boolean iommu,
        boolean interactive) {
    /** More than that has no slot on the root bus beside the vGPUs. */
    public static final int MAX_DISKS = 12;

    /** The largest guest, 4 TiB. */
    public static final int MAX_MEMORY_MIB = 4 << 20;

    public MachineSpec {
        if (!name.matches("[A-Za-z0-9][A-Za-z0-9.-]{0,31}")) {
            throw new IllegalArgumentException("'" + name + "' is not a machine name: letters, digits, dots, dashes.");
        }
        if (cpus < 1 || cpus > 255) {
            throw new IllegalArgumentException(cpus + " virtual CPUs are not possible; 1 to 255 are.");
        }
        if (memoryMib < 256 || memoryMib > MAX_MEMORY_MIB) {
            throw new IllegalArgumentException(
                    memoryMib + " MiB of memory are not possible; 256 to " + MAX_MEMORY_MIB + " are.");
        }
        if (disks.size() > MAX_DISKS) {
            throw new IllegalArgumentException(disks.size() + " disks are not possible; up to " + MAX_DISKS + " are.");
        }
        devices = List.copyOf(devices);
        disks = List.copyOf(disks);
    }

    /**
     * A guest of 1 GiB that the host drives, with nothing attached. It has two CPUs where they can run at the same time: translated CPUs
     * spin while they wait for each other, which on a small or busy host takes longer than it saves.
     */
    public static MachineSpec of(String name, Guest guest) {
        return of(
                name,
                guest.qemu(),
                guest.accelerator(),
                new Boot.OwnGuest(guest.kernel().image(), guest.initramfs(), List.of()));
    }

    /** The same for anything else that boots; only {@link Boot.OwnGuest} can be driven by the host. */
    public static MachineSpec of(String name, Qemu qemu, Accelerator accelerator, Boot boot) {
        return new MachineSpec(
                name,
                qemu,
                accelerator,
                boot,
                accelerator == Accelerator.KVM || Runtime.getRuntime().availableProcessors() >= 4 ? 2 : 1,
                1024,
                List.of(),
                List.of(),
                Network.NONE,
                false,
                false);
    }

    /** The same with these devices. */
    public MachineSpec withDevices(List<VfioUserDevice> attached) {
        return new MachineSpec(
                name, qemu, accelerator, boot, cpus, memoryMib, attached, disks, network, iommu, interactive);
    }

    /** The same with these disks. */
    public MachineSpec withDisks(List<Disk> images) {
        return new MachineSpec(
                name, qemu, accelerator, boot, cpus, memoryMib, devices, images, network, iommu, interactive);
    }

    /** The same with this network. */
    public MachineSpec withNetwork(Network kind) {
        return new MachineSpec(
                name, qemu, accelerator, boot, cpus, memoryMib, devices, disks, kind, iommu, interactive);
    }

    /**
     * The same with these words on the kernel's command line.
     *
     * @throws IllegalStateException unless it boots Lamella's own guest
     */
    public MachineSpec withKernelParameters(List<String> parameters) {
        if (!(boot instanceof Boot.OwnGuest own)) {
            throw new IllegalStateException("only Lamella's own guest takes further kernel parameters");
        }
        Boot changed = new Boot.OwnGuest(own.kernel(), own.initramfs(), parameters);
        return new MachineSpec(
                name, qemu, accelerator, changed, cpus, memoryMib, devices, disks, network, iommu, interactive);
    }

    /** The same with this many CPUs and this much memory. */
    public MachineSpec withSize(int cpuCount, int memorySizeMib) {
        return new MachineSpec(
                name, qemu, accelerator, boot, cpuCount, memorySizeMib, devices, disks, network, iommu, interactive);
    }

    /** The same with an emulated IOMMU (Intel's) between its devices and its memory. Slower: each mapping of the guest's is a message. */
    public MachineSpec withIommu() {
        return new MachineSpec(
                name, qemu, accelerator, boot, cpus, memoryMib, devices, disks, network, true, interactive);
    }

    /** Whether the host can run commands in the guest. */
    public boolean takesCommands() {
        return !interactive && boot instanceof Boot.OwnGuest;
    }

    /** The same with the user's terminal as console. */
    public MachineSpec withTerminal() {
        return new MachineSpec(name, qemu, accelerator, boot, cpus, memoryMib, devices, disks, network, iommu, true);
    }
}
