// SPDX-License-Identifier: Apache-2.0
package io.lamella.vm.qemu;

/** A machine's network. */
public enum Network {
    /** None: nothing gets in or out. */
    NONE,
    /** QEMU's user network: the guest reaches what its user on the host reaches, nobody reaches the guest. */
    USER
}
