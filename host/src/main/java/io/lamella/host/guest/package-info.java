// SPDX-License-Identifier: Apache-2.0
/**
 * A guest without a VM: our own GPU core as the driver of a vGPU behind a socket, in a process of its own.
 *
 * <p>It does to the vGPU what the driver of a VM's kernel does, through the same socket and the same protocol, so it shows that the
 * vGPU is a complete GPU where no QEMU is to be had. It is no replacement for a test with a real kernel.
 */
@NullMarked
package io.lamella.host.guest;

import org.jspecify.annotations.NullMarked;
