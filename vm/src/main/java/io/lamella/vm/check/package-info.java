// SPDX-License-Identifier: Apache-2.0
/**
 * Looks at a host and says what it lacks, before a VM or a daemon fails for it: one {@link io.lamella.vm.check.Finding} a question, each
 * with a sentence and with what to do. Files are read below a root, so that tests have hosts of their own; what cannot be faked that way
 * (KVM, QEMU, memfd) is asked through {@link io.lamella.vm.check.Probes}.
 *
 * <p>Nothing is changed, nothing is downloaded. Runs on the caller's thread; only QEMU's start takes time, and it has a deadline.
 *
 * <p>The meaning of the files: proc(5), proc_sys_vm(5), Documentation/admin-guide/mm/transhuge.rst of Linux.
 *
 * <p>Not looked at: real GPUs, IOMMU groups and VFIO, as Lamella does not drive real devices yet; processors other than x86-64.
 */
@NullMarked
package io.lamella.vm.check;

import org.jspecify.annotations.NullMarked;
