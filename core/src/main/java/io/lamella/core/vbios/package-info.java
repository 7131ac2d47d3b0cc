// SPDX-License-Identifier: Apache-2.0
/**
 * The VBIOS: a chain of images in the GPU's ROM, one of which holds FWSEC, the program that sets up protected memory for the GSP.
 *
 * <p>Facts from nouveau nvkm/subdev/bios/{shadowrom,image,pcir,npde,pmu,bit}.c, nvkm/subdev/gsp/fwsec.c and nova-core vbios.rs,
 * firmware/fwsec.rs. Everything is parsed with bounds; a ROM is taken for what anybody may have flashed. Called by the booting thread.
 *
 * <p>Not modelled: descriptor version 2 (Turing), device tables, sources other than PROM.
 */
@NullMarked
package io.lamella.core.vbios;

import org.jspecify.annotations.NullMarked;
