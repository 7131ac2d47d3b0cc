// SPDX-License-Identifier: Apache-2.0
/**
 * Video memory.
 *
 * <p>{@link io.lamella.gpu.fb.FrameBuffer} is the board's memory, one sparse file in memory: 48 GiB cost nothing until they are touched, and
 * clearing gives pages back. {@link io.lamella.gpu.fb.FbSegment} is what one function can reach of it, what the VMMU confines a virtual function
 * to on the board; offset 0 is the first byte of the function's own memory. Everything of a function goes through its segment: BARs,
 * PRAMIN, page tables, engines and its GSP.
 *
 * <p>Any thread may use a segment. The frame buffer belongs to the board and outlives its segments; {@code revoke} cuts a segment off before
 * its memory goes to another function. An access that has begun is not waited for: who revokes stops the function first.
 *
 * <p>Not modelled: ECC, page retirement, compression, the L2 cache, timing. The bound of a VMMU segment (see {@code io.lamella.gpu.plugin}) is
 * checked where a vGPU is made; here ranges have any length.
 */
@NullMarked
package io.lamella.gpu.fb;

import org.jspecify.annotations.NullMarked;
