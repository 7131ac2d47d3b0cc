// SPDX-License-Identifier: Apache-2.0
/**
 * From power-on to running firmware, by family of chips. {@link io.lamella.core.boot.BootPath} is the interface; {@code FalconBoot} is the
 * way of Ada, where the driver loads FWSEC from the VBIOS and a booter into falcons; {@code FspBoot} is that of Blackwell, where one message
 * to the FSP does it all. What all ways share is here too: everything that lies in system memory for the firmware ({@link io.lamella.core.boot.BootMemory}), what it gets of frame buffer ({@link
 * io.lamella.core.boot.FirmwareMemory}), and the page for flushes.
 *
 * <p>Facts from nouveau nvkm/subdev/gsp/{tu102,ga102,gh100,gb202}.c and rm/r570/rm.c, nova-core fb.rs and gsp/hal, open-gpu-kernel-modules gsp_fw_heap.h. Called by the
 * thread that opens or closes the GPU.
 *
 * <p>Not modelled: suspend and resume, Turing's and Hopper's ways.
 */
@NullMarked
package io.lamella.core.boot;

import org.jspecify.annotations.NullMarked;
