// SPDX-License-Identifier: Apache-2.0
package io.lamella.vm.qemu;

/** How QEMU runs the guest's instructions. */
public enum Accelerator {
    /** The host kernel's virtualization. */
    KVM("kvm", "host"),
    /** QEMU's translator: works everywhere, slower. */
    TCG("tcg,thread=multi", "max");

    private final String option;
    private final String cpu;

    Accelerator(String option, String cpu) {
        this.option = option;
        this.cpu = cpu;
    }

    /** QEMU's value for {@code -accel}. */
    String option() {
        return option;
    }

    /** QEMU's value for {@code -cpu} that fits. */
    String cpu() {
        return cpu;
    }
}
