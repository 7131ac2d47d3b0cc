// SPDX-License-Identifier: Apache-2.0
/**
 * Page tables: of BAR1, through which the CPU reaches frame buffer, and of the address spaces that channels work in.
 *
 * <p>What the versions of the format have in common is in {@link io.lamella.core.mmu.PageTree}; what differs is a {@link
 * io.lamella.core.mmu.PageFormat}, asked of {@link io.lamella.hw.mmu.GmmuFormat}. Facts from nouveau nvkm/subdev/mmu/{vmmgp100,vmmtu102,vmmgh100}.c,
 * nvkm/subdev/bar/{g84,r535}.c and nvkm/subdev/instmem. Tables are in frame buffer and written through PRAMIN; their contents are known to
 * the driver, so it never reads them back. Called by any thread of a client; each tree has its owner's lock.
 *
 * <p>Not modelled: BAR2 (nothing here needs a second aperture), pages of 512 MiB, sparse ranges, compressed or tiled kinds.
 */
@NullMarked
package io.lamella.core.mmu;

import org.jspecify.annotations.NullMarked;
