// SPDX-License-Identifier: Apache-2.0
/**
 * The small blocks of a function, which are little more than values: chip identity and straps (PMC), scratch and flush-page registers, fuses,
 * the state in which the GPU's own firmware (GFW) leaves the chip after power-on, the size of the frame buffer, the write-protected region
 * (WPR2), and the ROM. What only one family of chips shows is in {@code ChipRegisters}. Owned by the serving thread; WPR2 is also set by falcon programs.
 *
 * <p>Facts: nouveau nvkm/engine/device/base.c, nvkm/subdev/{devinit/tu102.c,bios/shadowrom.c,fb}, nova-core regs.rs, gpu.rs, vbios.rs.
 *
 * <p>Not modelled: PTOP, PMC enables (stored, without effect), thermal and clock units, the display engine (it is fused off).
 */
@NullMarked
package io.lamella.gpu.block;

import org.jspecify.annotations.NullMarked;
