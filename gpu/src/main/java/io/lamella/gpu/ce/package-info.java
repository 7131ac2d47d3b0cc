// SPDX-License-Identifier: Apache-2.0
/**
 * Copy engines: class AMPERE_DMA_COPY_B on AD102, BLACKWELL_DMA_COPY_B on GB202, five of them, each with a runlist.
 *
 * <p>{@link io.lamella.gpu.ce.CopyEngines} lists them for {@code io.lamella.gpu.host}. A channel that binds the class gets a {@code CopyObject}: its
 * methods are kept as they come, and LAUNCH_DMA starts a {@code CopyWork} between two {@code Surface}s, in lines of a pitch or block-linear, by virtual or
 * (for channels that may) physical address, as bytes or through a rule for the components of each element. Bytes go straight from one
 * run of memory to another, however many pages a run has. A piece of work, after which somebody looks at the clock, is 256 KiB and grows to 4 MiB as long as
 * it takes no more than a quarter of a millisecond; layouts that are cut small end it after 1024 steps. A semaphore and an interrupt follow
 * the last byte.
 *
 * <p>Threads: the GPU's engine thread only. Facts: clc7b5.h, clc8b5.h and clcab5.h of open-gpu-kernel-modules; the arrangement of a GOB is that of Fermi and later,
 * as in Mesa's nil and nouveau. Not modelled: the conditional-interrupt semaphore and peer memory (both refused), Hopper's memory scrub and encrypted copies (refused), that a real GB202 has more copy engines, blocks wider than one GOB
 * (refused), compression and kinds, protected memory; a blocking interrupt does not stop the engine and arrives as the non-stall one.
 */
@NullMarked
package io.lamella.gpu.ce;

import org.jspecify.annotations.NullMarked;
