// SPDX-License-Identifier: Apache-2.0
/**
 * The formats of the GPU's page tables. Version 2 (Pascal to Ada) has 49 bits of virtual address and four levels of directories, version 3 (Hopper and
 * later) 57 bits and five; both have tables of 4 KiB and 64 KiB pages side by side below them. {@link io.lamella.hw.mmu.GmmuFormat} is either of them under
 * one set of names. Bits only: the walker is the GPU's, the writer of tables is the driver's.
 *
 * <p>Everything works on raw words, so it may be used from any thread and allocates nothing. Facts: nouveau nvkm/subdev/mmu/vmmgp100.c, vmmtu102.c,
 * vmmgh100.c and nvhw/ref/gh100/dev_mmu.h, NVIDIA's open-gpu-doc pascal/gp100-mmu-format and open-gpu-kernel-modules dev_mmu.h.
 *
 * <p>Not here: compression tags (in version 2 they share bits with a system address and are ignored), instance blocks, and of version 3 address
 * translation by the host (ATS), access counters, pages of 256 GiB and the "mapping nowhere" of invalid entries.
 */
@NullMarked
package io.lamella.hw.mmu;

import org.jspecify.annotations.NullMarked;
