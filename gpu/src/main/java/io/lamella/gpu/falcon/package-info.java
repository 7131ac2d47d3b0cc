// SPDX-License-Identifier: Apache-2.0
/**
 * The falcons of a function, and how the firmware of its GSP gets to run: {@code SecureBoot}, of which each family of chips has its own.
 *
 * <p>On AD102 (FalconBoot) the driver does it with GSP, on which FWSEC runs before the GSP's RISC-V core takes over, and SEC2, on which booter runs. On
 * GB202 (FspBoot) it sends the FSP one message: a packet in memory that both share, through ports, and two queue registers of which one rings. The FSP
 * checks the message and the hash of the program in it (the FMC); that one reads its parameters, lays out the top of video memory from the sizes in the
 * metadata, starts the firmware and opens the GSP's registers. Where the firmware is once it was loaded is the same for both: FirmwareSlot.
 *
 * <p>A driver resets a falcon, loads code and data into it (by DMA in pieces of at most 256 bytes, or through ports), passes two words in the
 * mailboxes, starts it, polls until it has halted and reads a mailbox. The model keeps what was loaded, and instead of executing the code it
 * runs the program that belongs there: on GSP, if code was loaded since the last reset, FWSEC, which finds its command in the loaded data;
 * without code the core just halts again and the mailboxes keep their values, which is how nova-core hands over the libos address. On
 * SEC2, booter, which goes by what its mailboxes point to.
 *
 * <p>Threads: registers belong to the serving thread. A transfer whose source is mapped memory is done in the register write; one that has to
 * ask the other side for its memory runs on the function's tasks, and so does booter. DMATRFCMD shows busy and CPUCTL shows running until
 * then, which is what drivers poll. Booter shows RISC-V as active before it shows itself as halted: nouveau looks only once.
 *
 * <p>Packets for the FSP are taken on the function's tasks; a packet that rings while another is taken has to ring again.
 *
 * <p>Facts: nouveau nvkm/subdev/fsp and nvkm/subdev/gsp/gh100.c, nova-core fsp.rs and gsp/hal/gh100.rs, nouveau nvkm/falcon/{base,gm200,ga102,fw}.c and nvkm/subdev/gsp/{fwsec,tu102,ga102}.c, nova-core falcon.rs, firmware/fwsec.rs and
 * gsp/fw.rs, open-gpu-kernel-modules gsp_fw_wpr_meta.h.
 *
 * <p>Not modelled: execution of real falcon code, signatures (every image is accepted), DMA through a falcon's virtual address space, IMEM
 * tags and secure pages, the copy of the GSP's firmware into the write-protected region, and the copy of it that a suspend makes in
 * the driver's memory: booter seals the metadata and the GSP keeps its state, so the firmware goes on only where its function kept the power. Of the FSP: messages of several packets, FRTS data in system memory, the seal
 * of a suspend (any metadata for that resumes what is suspended), the hash of real FMCs, whose length is not known, and locked registers that read as
 * 0xbadf41xx.
 */
@NullMarked
package io.lamella.gpu.falcon;

import org.jspecify.annotations.NullMarked;
