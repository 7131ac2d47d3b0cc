// SPDX-License-Identifier: Apache-2.0
/**
 * The ROM of the software GPU: a small VBIOS that has what drivers of GSP-class GPUs look for, and nothing else.
 *
 * <p>A driver reads it through PROM before it boots the GSP. It walks a chain of two images: a PC-AT one with the BIT, and an extended one
 * with the table of ucodes and FWSEC. FWSEC's code is never run, since the falcon is a model: only its descriptor and its data matter, for
 * the driver patches a command into the data and loads it. Offsets past the first image count on into the second, so that a table's
 * address is its offset in the ROM.
 *
 * <p>Built once per function's identity, then immutable; any thread may read it. Facts: nouveau nvkm/subdev/bios (image.c, shadow.c, pcir.c,
 * bit.c, pmu.c) and nvkm/subdev/gsp/fwsec.c, nova-core vbios.rs and firmware/fwsec.rs.
 *
 * <p>Not modelled: IFR header, NPDE, DCB and all other tables of displays, power and clocks, which drivers leave to the GSP.
 */
@NullMarked
package io.lamella.gpu.vbios;

import org.jspecify.annotations.NullMarked;
