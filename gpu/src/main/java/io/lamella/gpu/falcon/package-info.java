// SPDX-License-Identifier: Apache-2.0
/**
 * The falcons of a function: GSP, on which FWSEC runs before the GSP's RISC-V core takes over, and SEC2, on which booter runs.
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
 * <p>Facts: nouveau nvkm/falcon/{base,gm200,ga102,fw}.c and nvkm/subdev/gsp/{fwsec,tu102,ga102}.c, nova-core falcon.rs, firmware/fwsec.rs and
 * gsp/fw.rs, open-gpu-kernel-modules gsp_fw_wpr_meta.h.
 *
 * <p>Not modelled: execution of real falcon code, signatures (every image is accepted), DMA through a falcon's virtual address space, IMEM
 * tags and secure pages, the copy of the GSP's firmware into the write-protected region, and the copy of it that a suspend makes in
 * the driver's memory: booter seals the metadata and the GSP keeps its state, so the firmware goes on only where its function kept the power.
 */
@NullMarked
package io.lamella.gpu.falcon;

import org.jspecify.annotations.NullMarked;
