// SPDX-License-Identifier: Apache-2.0
/**
 * Where vGPUs lie on a GPU.
 *
 * <p>A board is divided into units of one GiB of its nominal size, and a vGPU takes as many of them in a row as its profile has GiB. The
 * first of them is its placement id. In {@link io.lamella.vgpu.placement.PlacementMode#EQUAL_SIZE equal-size mode} all vGPUs have one
 * size and the ids are its multiples. In {@link io.lamella.vgpu.placement.PlacementMode#MIXED_SIZE mixed-size mode} the ids of a size
 * come from halving the board again and again ({@link io.lamella.vgpu.placement.PlacementIds}). A vGPU's frame buffer begins where its id says: {@link io.lamella.vgpu.placement.PlacementSpace} turns units
 * into addresses, with units that are a little smaller than a GiB, because the firmware has some of the memory itself.
 *
 * <p>The published ids that the rule was checked against are from appendix B of NVIDIA's vGPU 17 user guide; that a placement has as many
 * units as the profile has GiB is from {@code kernel_vgpu_mgr.c} of the open GPU kernel modules.
 *
 * <p>Everything here is a pure function of its arguments; {@link io.lamella.vgpu.placement.PlacementPlanner} answers questions about
 * GPUs that need not exist. May be used from any thread.
 *
 * <p>Not modelled: placements inside GPU instances (MIG), and the three units that a profile of 2 GiB has on boards of 96 GiB.
 */
@NullMarked
package io.lamella.vgpu.placement;

import org.jspecify.annotations.NullMarked;
