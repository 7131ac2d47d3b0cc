// SPDX-License-Identifier: Apache-2.0
/**
 * The vGPU manager: cuts one GPU into vGPUs.
 *
 * <p>A {@link io.lamella.vgpu.VgpuManager} is a client of the core ({@link io.lamella.core.CoreSession}) and all that it knows of the GPU
 * comes from there. It checks the rules by which a GPU is cut ({@code Admission}), takes the parts of a vGPU in the order of the kernel
 * RFC and gives them back in reverse ({@code CreationSteps}: one table, read down and up), and talks to the vGPU's firmware task
 * ({@link io.lamella.vgpu.rpc}). Types are data ({@link io.lamella.vgpu.type}). The states of a vGPU and the moves between them are the
 * table of {@link io.lamella.vgpu.VgpuState}.
 *
 * <p>Memory is cleared when a vGPU gets it, when it is reset and before it goes back. If the firmware's clean-up fails, everything that
 * the firmware may still be using stays fenced, listed with the reason, until somebody has the clean-up repeated.
 *
 * <p>The order of creation and destruction, channel counts and the controls are from the kernel RFC "Introduce NVIDIA GPU Virtualization
 * (vGPU) Support", first and second version. In the first version the memory is cleared by nobody; when and how often is from the second.
 *
 * <p>Not modelled: mixed sizes and placement ids, GPU instances, migration.
 *
 * <p>Threads: any. One operation at a time for each vGPU; the manager's table is locked only for the time of a look-up or check. Events of
 * the core come on its event thread and only change states.
 */
@NullMarked
package io.lamella.vgpu;

import org.jspecify.annotations.NullMarked;
