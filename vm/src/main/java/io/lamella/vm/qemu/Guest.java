// SPDX-License-Identifier: Apache-2.0
package io.lamella.vm.qemu;

import io.lamella.vm.guest.Kernel;
import java.nio.file.Path;

/**
 * Everything a machine is booted from.
 *
 * @param qemu the program
 * @param accelerator what works on this host
 * @param kernel the kernel
 * @param initramfs the initial file system
 */
public record Guest(Qemu qemu, Accelerator accelerator, Kernel kernel, Path initramfs) {}
