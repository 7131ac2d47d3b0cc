// SPDX-License-Identifier: Apache-2.0
/**
 * Page tables: BAR1, through which the CPU reaches frame buffer.
 *
 * <p>Facts from nouveau nvkm/subdev/mmu/{vmmgp100,vmmtu102}.c, nvkm/subdev/bar/{g84,r535}.c and nvkm/subdev/instmem. Tables are written
 * through PRAMIN; their contents are known to the driver, so it never reads them back. Called by any thread of a client.
 *
 * <p>Not modelled: BAR2 (nothing here needs a second aperture), big pages of 64 KiB, address spaces of channels.
 */
@NullMarked
package io.lamella.core.mmu;

import org.jspecify.annotations.NullMarked;
