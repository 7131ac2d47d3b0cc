// SPDX-License-Identifier: Apache-2.0
/**
 * A vGPU as a VFIO device: one vGPU, one socket.
 *
 * <p>The VM's accesses go to the virtual function of the GPU, its memory and interrupts come from the VM, and the identity is that of
 * the vGPU's type. When a VM is gone the function is reset, the vGPU set back and its memory cleared, and the next VM may come.
 *
 * <p>Facts about what VMMs send are from the vfio-user specification (QEMU docs/interop/vfio-user.rst). The bus-master bit is watched
 * here because it cannot be seen through mapped memory.
 *
 * <p>Threads: one thread serves a VM while it is attached; without one there is no thread at all. What the firmware task must hear of
 * is carried by a virtual thread, so that no access of the VM waits for the firmware.
 */
@NullMarked
package io.lamella.vfio;

import org.jspecify.annotations.NullMarked;
