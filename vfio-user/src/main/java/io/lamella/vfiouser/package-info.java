// SPDX-License-Identifier: Apache-2.0
/**
 * vfio-user: PCI devices in user space, over a Unix socket. A virtual machine monitor such as QEMU connects to it, passes on what its guest
 * does with the device, and shares the guest's memory and interrupts by descriptors.
 *
 * <p>See {@link io.lamella.vfiouser.server} to serve a device, {@link io.lamella.vfiouser.client} to drive one, and {@link
 * io.lamella.vfiouser.wire} for what both say.
 */
@NullMarked
package io.lamella.vfiouser;

import org.jspecify.annotations.NullMarked;
