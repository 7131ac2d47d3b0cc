// SPDX-License-Identifier: Apache-2.0
/**
 * The format of the GPU's page tables, version 2 (Pascal to Ada): 49 bits of virtual address, four levels of directories, and tables of
 * 4 KiB and 64 KiB pages side by side. Bits only: the walker is the GPU's, the writer of tables is the driver's.
 *
 * <p>Everything is static and works on raw words, so it may be used from any thread and allocates nothing. Facts: nouveau
 * nvkm/subdev/mmu/vmmgp100.c and vmmtu102.c, NVIDIA's open-gpu-doc pascal/gp100-mmu-format and open-gpu-kernel-modules dev_mmu.h.
 *
 * <p>Not here: compression tags (they share bits with a system address and are ignored), version 3 (Hopper and later), instance blocks.
 */
@NullMarked
package io.lamella.hw.mmu;

import org.jspecify.annotations.NullMarked;
