// SPDX-License-Identifier: Apache-2.0
package io.lamella.vm.qemu;

import java.nio.file.Path;
import java.util.List;

/**
 * What a machine is made of.
 *
 * @param name for process lists and logs: letters, digits, dots, dashes
 * @param qemu the program
 * @param accelerator how instructions run
 * @param kernel the kernel image
 * @param initramfs the initial file system
 * @param cpus virtual CPUs, 1 to 64
 * @param memoryMib memory in MiB, 256 to 65536
 * @param devices vfio-user devices
 * @param kernelParameters words added to the kernel's command line
 * @param interactive true when the user's terminal becomes the console, false when the host drives the guest
 */
public record MachineSpec(
        String name,
        Qemu qemu,
        Accelerator accelerator,
        Path kernel,
        Path initramfs,
        int cpus,
        int memoryMib,
        List<VfioUserDevice> devices,
        List<String> kernelParameters,
        boolean interactive) {

    public MachineSpec {
        if (!name.matches("[A-Za-z0-9][A-Za-z0-9.-]{0,31}")) {
            throw new IllegalArgumentException("'" + name + "' is not a machine name: letters, digits, dots, dashes.");
        }
        if (cpus < 1 || cpus > 64) {
            throw new IllegalArgumentException(cpus + " virtual CPUs are not possible; 1 to 64 are.");
        }
        if (memoryMib < 256 || memoryMib > 65_536) {
            throw new IllegalArgumentException(memoryMib + " MiB of memory are not possible; 256 to 65536 are.");
        }
        for (String parameter : kernelParameters) {
            if (parameter.isBlank() || parameter.chars().anyMatch(c -> c <= ' ' || c == '"' || c > '~')) {
                throw new IllegalArgumentException("'" + parameter + "' is not one word of a kernel command line.");
            }
        }
        devices = List.copyOf(devices);
        kernelParameters = List.copyOf(kernelParameters);
    }

    /**
     * A guest of 1 GiB that the host drives, with nothing attached. It has two CPUs where they can run at the same time: translated CPUs
     * spin while they wait for each other, which on a small or busy host takes longer than it saves.
     */
    public static MachineSpec of(String name, Guest guest) {
        return new MachineSpec(
                name,
                guest.qemu(),
                guest.accelerator(),
                guest.kernel().image(),
                guest.initramfs(),
                guest.accelerator() == Accelerator.KVM || Runtime.getRuntime().availableProcessors() >= 4 ? 2 : 1,
                1024,
                List.of(),
                List.of(),
                false);
    }

    /** The same with these devices. */
    public MachineSpec withDevices(List<VfioUserDevice> attached) {
        return new MachineSpec(
                name, qemu, accelerator, kernel, initramfs, cpus, memoryMib, attached, kernelParameters, interactive);
    }

    /** The same with these kernel parameters. */
    public MachineSpec withKernelParameters(List<String> parameters) {
        return new MachineSpec(
                name, qemu, accelerator, kernel, initramfs, cpus, memoryMib, devices, parameters, interactive);
    }

    /** The same with this many CPUs and this much memory. */
    public MachineSpec withSize(int cpuCount, int memorySizeMib) {
        return new MachineSpec(
                name,
                qemu,
                accelerator,
                kernel,
                initramfs,
                cpuCount,
                memorySizeMib,
                devices,
                kernelParameters,
                interactive);
    }

    /** The same with the user's terminal as console. */
    public MachineSpec withTerminal() {
        return new MachineSpec(
                name, qemu, accelerator, kernel, initramfs, cpus, memoryMib, devices, kernelParameters, true);
    }
}
