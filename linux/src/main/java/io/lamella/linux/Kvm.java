// SPDX-License-Identifier: Apache-2.0
package io.lamella.linux;

import static io.lamella.linux.Constants.KVM_CREATE_VCPU;
import static io.lamella.linux.Constants.KVM_CREATE_VM;
import static io.lamella.linux.Constants.KVM_GET_API_VERSION;
import static io.lamella.linux.Constants.O_CLOEXEC;
import static io.lamella.linux.Constants.O_RDWR;

import java.lang.foreign.Arena;
import java.nio.file.Path;

/** The kernel's virtualization (Documentation/virt/kvm/api.rst of Linux), as far as to know whether it is there. */
public final class Kvm {
    /** The only version of its interface that there has been since 2007. */
    public static final int API_VERSION = 12;

    private Kvm() {}

    /**
     * Makes a machine with one CPU and takes it down again.
     *
     * @param device the device file, {@code /dev/kvm}
     * @return the version of the interface
     * @throws LinuxException telling what failed; EACCES for a device that this user may not open, ENOTTY for another device
     */
    public static int createMachine(Path device) {
        try (Arena arena = Arena.ofConfined();
                Fd kvm = Fd.own(LinuxException.check(
                        Libc.open(arena.allocateFrom(device.toString()), O_RDWR | O_CLOEXEC),
                        "Cannot open " + device))) {
            int version = LinuxException.check(
                    Libc.ioctl(kvm.number(), KVM_GET_API_VERSION, 0), "Cannot ask " + device + " for its version");
            try (Fd machine = Fd.own(LinuxException.check(
                            Libc.ioctl(kvm.number(), KVM_CREATE_VM, 0), "Cannot make a machine with " + device));
                    Fd cpu = Fd.own(LinuxException.check(
                            Libc.ioctl(machine.number(), KVM_CREATE_VCPU, 0),
                            "Cannot give a machine of " + device + " a CPU"))) {
                assert cpu.isOpen();
                return version;
            }
        }
    }
}
