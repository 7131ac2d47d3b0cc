// SPDX-License-Identifier: Apache-2.0
/**
 * The default guest: an unmodified Debian kernel, a small initramfs, and what such a guest reports.
 *
 * <p>Kernels are chosen by version ("6.12", "7.x") from what the archive lists today. Debian has two shapes of kernel
 * packages: up to 7.2 one image package holds everything; from 7.3 the image package only depends on a binary and a
 * modules package. A module's dependencies come from {@code modules.dep} where there is one (an installed kernel) and
 * else from the {@code .modinfo} section of the module itself, because unpacked packages have none: depmod(8) runs on
 * installation.
 *
 * <p>The initramfs (Documentation/driver-api/early-userspace/buffer-format.rst of the kernel) is a plain newc cpio
 * archive, not compressed: unpacking it under TCG would cost more than reading it. Same input, same bytes. It holds a
 * static busybox, the modules unpacked, firmware files that the caller gives, and {@code init.sh}, which mounts the
 * usual file systems and then serves commands on the second serial port.
 *
 * <p>{@link io.lamella.vm.guest.GuestCheck} builds our own check program (src/main/c), which goes in with {@code GuestContents.files}: plain C over
 * nouveau's public interface (include/uapi/drm/nouveau_drm.h) as Mesa uses it, with explicit binds, copy-engine channels and fences, and the older one
 * with push buffers (GEM_PUSHBUF). It compares all of every buffer with what the CPU knows ought to be there, and needs nothing in the guest but the
 * driver. {@link io.lamella.vm.guest.GuestLoad} lets it copy in the background until it is stopped. Two ways to misbehave are the driver's to end, not
 * the GPU's: a semaphore that nobody releases and work without an end run until nouveau's 10 s are over. Programs cannot reach the doorbell: nouveau
 * gives them objects of channels only, and maps none, so a storm of doorbells is one of tiny pushes.
 *
 * <p>The guest's words are hostile input: {@link io.lamella.vm.guest.GuestReport} only reads lines that others have
 * bounded.
 *
 * <p>Not done: graphics output in the guest; kernels of other distributions other than by file.
 */
@NullMarked
package io.lamella.vm.guest;

import org.jspecify.annotations.NullMarked;
