// SPDX-License-Identifier: Apache-2.0
/**
 * Firmware files for the software GPU, in the containers that drivers parse: {@code gsp} and {@code bootloader}, with {@code booter_load} and
 * {@code booter_unload} for AD102 and {@code fmc} for GB202, for each release of the GSP's interface.
 *
 * <p>A driver takes its files from its own file system, copies them to memory and points the GPU at them. The software GPU runs none of
 * that code, so what is in the containers is filler; NVIDIA's real files do as well. The image of the GSP says in its first bytes and in
 * an ELF note that it is synthetic, and of which release.
 *
 * <p>The build writes the files of every release below {@code target/firmware} with {@code FirmwareGenerator}, in the tree of a guest's
 * {@code lib/firmware}. At run time the same bytes are made when asked for, in well under a millisecond, so that nothing has to be found.
 * Everything is static and may be used from any thread. Facts: nouveau nvkm/subdev/gsp (ga102.c, tu102.c, rm/r535/gsp.c), include/nvfw.
 *
 * <p>nova-core has containers of its own ({@code NovaFirmware}): blocks of tag, length and value, one file for each part, and the GSP's image
 * bare beside its description. Facts: nova-core firmware/tlv.rs, firmware/{booter,gsp,riscv,fsp}.rs, Documentation/gpu/nova/core/tlv.rst.
 */
@NullMarked
package io.lamella.gpu.firmware;

import org.jspecify.annotations.NullMarked;
