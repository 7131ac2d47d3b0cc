// SPDX-License-Identifier: Apache-2.0
/**
 * Firmware files for the software GPU, in the containers that drivers parse: {@code gsp}, {@code bootloader}, {@code booter_load} and
 * {@code booter_unload} of AD102, for each release of the GSP's interface.
 *
 * <p>A driver takes its files from its own file system, copies them to memory and points the GPU at them. The software GPU runs none of
 * that code, so what is in the containers is filler; NVIDIA's real files do as well. The image of the GSP says in its first bytes and in
 * an ELF note that it is synthetic, and of which release.
 *
 * <p>The files are made when asked for, always the same, in well under a millisecond; {@code FirmwareGenerator} writes them to a directory.
 * Everything is static and may be used from any thread. Facts: nouveau nvkm/subdev/gsp (ga102.c, tu102.c, rm/r535/gsp.c), include/nvfw.
 *
 * <p>Not modelled: files of other chips, and the TLV containers of nova-core 7.3.
 */
@NullMarked
package io.lamella.gpu.firmware;

import org.jspecify.annotations.NullMarked;
