// SPDX-License-Identifier: Apache-2.0
/**
 * The interrupt tree of a function: 256 vectors in 8 leaves of 32, an enable bit for each, and a top level with a pending bit for each pair of
 * leaves and an enable for each of those. The tree's output is one level, which the PCI side turns into INTx, MSI or MSI-X.
 *
 * <p>Vectors are raised from any thread; registers are accessed by the serving thread. Whatever changes the state takes the tree's lock and
 * reports the new level under it, so that levels arrive in order; reading takes no lock. A pending vector is remembered until its leaf bit is
 * written with 1, so a vector that is raised while the driver has the top disabled brings the level back when the driver enables it again. Arming the
 * top while the level is up reports the level again: a message may be all that is left to tell the driver of it.
 *
 * <p>Facts: nouveau nvkm/subdev/vfn/tu102.c, open-gpu-doc ampere/ga102/dev_vm.ref. Not modelled: units that hold their vector as a
 * level; a vector is pending once for each {@code raise}. The GSP's unit is asked again through its own retrigger register, as on hardware.
 */
@NullMarked
package io.lamella.gpu.intr;

import org.jspecify.annotations.NullMarked;
