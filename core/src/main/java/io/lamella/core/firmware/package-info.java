// SPDX-License-Identifier: Apache-2.0
/**
 * Firmware files in the containers of linux-firmware: the resource manager (ELF64), its bootloader, and what boots
 * them: the booters for SEC2 (Ada) or the FMC (ELF32, Blackwell).
 *
 * <p>Facts from nouveau nvkm/subdev/gsp/{tu102,ga102}.c, rm/r535/gsp.c and include/nvfw. Files are parsed with bounds: what is wrong with
 * one is said, with its name. Called by the booting thread.
 *
 * <p>Not modelled: nova-core's TLV containers.
 */
@NullMarked
package io.lamella.core.firmware;

import org.jspecify.annotations.NullMarked;
