// SPDX-License-Identifier: Apache-2.0
/**
 * The vGPU manager: cuts one GPU into vGPUs.
 *
 * <p>A {@link io.lamella.vgpu.VgpuManager} is a client of the core ({@link io.lamella.core.CoreSession}) and all that it knows of the GPU
 * comes from there. It checks the rules by which a GPU is cut ({@code Admission}, with {@link io.lamella.vgpu.placement} for what lies
 * where), takes the parts of a vGPU in the order of the kernel
 * RFC and gives them back in reverse ({@code CreationSteps}: one table, read down and up), and talks to the vGPU's firmware task
 * ({@link io.lamella.vgpu.rpc}). Types are data ({@link io.lamella.vgpu.type}). The life of a vGPU
 * is the table of {@link io.lamella.vgpu.LifeCycle}: what each verb does in each state, or why not. Its settings are {@link
 * io.lamella.vgpu.VgpuParameters}, checked together before anything changes.
 *
 * <p>A virtual function is an empty handle until it is assigned a type, which only reserves its placement; starting takes the parts. All
 * virtual functions are enabled with the first start and disabled after the last stop: SR-IOV has no way to change their number in
 * between, and one that is empty costs next to nothing.
 *
 * <p>Memory is cleared when a vGPU gets it, when it is reset and before it goes back. If the firmware's clean-up fails, everything that
 * the firmware may still be using stays fenced, listed with the reason, until somebody has the clean-up repeated.
 *
 * <p>The order of creation and destruction, channel counts and the controls are from the kernel RFC "Introduce NVIDIA GPU Virtualization
 * (vGPU) Support", first and second version. In the first version the memory is cleared by nobody; when and how often is from the second.
 *
 * <p>Not modelled: GPU instances, migration. The firmware is not told of mixed-size mode, only of each placement id.
 *
 * <p>Threads: any. One operation at a time for each vGPU; the manager's table is locked only for the time of a look-up or check. Events of
 * the core come on its event thread and only change states.
 */
@NullMarked
package io.lamella.vgpu;

import org.jspecify.annotations.NullMarked;
