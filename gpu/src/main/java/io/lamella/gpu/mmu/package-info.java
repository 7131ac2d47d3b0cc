// SPDX-License-Identifier: Apache-2.0
/**
 * The ways of one function to its memory: page tables, BAR1, BAR2 and the PRAMIN window.
 *
 * <p>{@link io.lamella.gpu.mmu.Gmmu} walks page tables in the format of the chip, version 2 (Pascal to Ada) with four levels of directories or version 3
 * (Hopper and later) with five. In both the last one has entries of 16 bytes for two tables, and pages have 4 KiB, 64 KiB and 2 MiB; in version 3 also
 * 512 MiB. {@link io.lamella.gpu.mmu.BarAperture} is a window whose offset is a virtual
 * address. The driver builds the tables itself; the GSP binds BAR2 to a root page whose first entry the driver sends
 * (UPDATE_BAR_PDE), and BAR1 to a root page that the driver writes. Before the GSP has booted both show video memory as it lies.
 * {@link io.lamella.gpu.mmu.FunctionMemory} puts them together and has their registers.
 *
 * <p>BARs keep translations of mapped pages until a TLB invalidation, of which every kind drops all of the function; engines keep only entries of the last
 * directory. Empty entries are not kept. Nothing leads out of the function's segment of video memory, nor out of what its driver has mapped for DMA.
 *
 * <p>Engines have {@link io.lamella.gpu.mmu.AddressSpace}, one for each that the driver made: it finds runs of pages that follow one another in
 * memory, with the rights that an access needs, and {@link io.lamella.gpu.mmu.EngineMemory} moves bytes between such runs where they lie. A refused
 * access is an {@link io.lamella.gpu.mmu.MmuFault} with the hardware's fault type.
 *
 * <p>A run ends where pages stop to follow one another, with 4 MiB at the most. Entries of tables are read side by side and each once, so that a guest that
 * changes them meanwhile gets the one or the other and nothing in between. What engines read of a driver's memory they read where it lies; what is
 * gone is not waited for.
 *
 * <p>Threads: address spaces and engine memory belong to the thread that has the function's turn, which is the GPU's engine thread or the function's own; BAR and register accesses come from the function's serving thread; the GSP binds from its own.
 *
 * <p>Facts: nouveau nvkm/subdev/mmu/vmmgp100.c, vmmtu102.c and vmmgh100.c, nvkm/subdev/instmem/nv50.c, nvkm/subdev/bar/g84.c; open-gpu-doc
 * pascal/gp100-mmu-format. Not modelled: the formats of other generations, pages of 256 GiB, ATS, peer memory, kinds and compression (all memory is
 * linear), fault buffers (faults are told by the GSP), access counters, timing.
 */
@NullMarked
package io.lamella.gpu.mmu;

import org.jspecify.annotations.NullMarked;
