// SPDX-License-Identifier: Apache-2.0
/**
 * The language of the FSP, the processor that boots Hopper and later: packets, messages and the container of the program that it is given for the GSP (FMC).
 * The boot parameters that the FMC reads are in the firmware release's structures ({@code GSP_FMC_BOOT_PARAMS} of {@link io.lamella.hw.gsp.GspAbi#struct}).
 *
 * <p>A driver sends messages, the software GPU answers them; everything is immutable and may be used from any thread. Facts: nouveau nvkm/subdev/fsp and
 * nvkm/subdev/gsp/gh100.c, nova-core fsp.rs and mctp.rs, open-gpu-kernel-modules fsp_mctp_format.h, fsp_nvdm_format.h, fsp_emem_channels.h and
 * kern_fsp_retval.h.
 *
 * <p>Not here: messages of several packets, clock boost, settings other than the vGPU mode.
 */
@NullMarked
package io.lamella.hw.fsp;

import org.jspecify.annotations.NullMarked;
