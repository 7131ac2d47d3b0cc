// SPDX-License-Identifier: Apache-2.0
/**
 * Real virtual machines on a machine that has nothing: what every part of this module shares.
 *
 * <p>{@link io.lamella.vm.archive} gets Debian packages without root and without touching the system,
 * {@link io.lamella.vm.guest} makes a bootable guest of a Debian kernel and reads what it reports, and
 * {@link io.lamella.vm.qemu} runs QEMU. {@link io.lamella.vm.qemu.GuestKit} puts the three together: it is where the
 * command line and the tests begin.
 *
 * <p>Nothing here is a daemon: the caller's thread does the work, with a deadline on each step, and every child
 * process ends with this JVM ({@link io.lamella.vm.ChildProcesses}).
 */
@NullMarked
package io.lamella.vm;

import org.jspecify.annotations.NullMarked;
