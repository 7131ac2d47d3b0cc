// SPDX-License-Identifier: Apache-2.0
/**
 * QEMU: finding or providing one with vfio-user-pci, running a machine, and talking to it.
 *
 * <p>A machine is one QEMU process, owned by one thread that starts it and waits for its end. That thread matters: the
 * process carries a parent-death signal (PR_SET_PDEATHSIG of prctl(2), set by setpriv(1)), and Linux sends it when the
 * <em>thread</em> that made the child ends, so a killed JVM takes its machines with it. A shutdown hook does the same
 * for every ordinary end.
 *
 * <p>Guest memory is a sealed memfd with {@code share=on}: a vfio-user server maps it and sees what the guest sees. The
 * console is QEMU's standard output, read line by line as it comes; QMP (QEMU's docs/interop/qmp-spec.rst) and the
 * guest's command port are Unix sockets in a private folder. All three are bounded: a guest that prints for ever fills
 * no memory, and its log file has a limit.
 *
 * <p>KVM is used only when a guest really starts under it: a /dev/kvm that opens is no proof, so a probe boots the
 * kernel until it prints its first line and remembers the answer for this boot of the host.
 *
 * <p>A machine starts with Lamella's own guest, with the user's kernel, or with firmware from its first disk ({@link
 * io.lamella.vm.qemu.Boot}). Disks are qcow2 or raw files behind virtio ({@link io.lamella.vm.qemu.Disk} says why raw is never
 * guessed); there is no network unless QEMU's user network is asked for.
 *
 * <p>Not done: bridged networks, migration, hot-plug (QMP's raw commands can do the last), graphics.
 */
@NullMarked
package io.lamella.vm.qemu;

import org.jspecify.annotations.NullMarked;
