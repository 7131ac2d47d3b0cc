// SPDX-License-Identifier: Apache-2.0
/**
 * The DRM-like peer: programs of the host use the whole GPU, with no VM and nothing of the vGPU side. It has the model of nouveau's user
 * API with VM_BIND and EXEC (include/uapi/drm/nouveau_drm.h; nouveau_uvmm.c, nouveau_exec.c, nouveau_sched.c for its behaviour).
 *
 * <p>A {@link io.lamella.drm.RenderDevice} is a client of the core. Each user opens a {@link io.lamella.drm.RenderFile}, which has limits and
 * owns everything: {@link io.lamella.drm.BufferObject}s in frame buffer or in the host's memory, one {@link io.lamella.drm.RenderVm} where
 * they are bound at addresses of the user's choice, {@link io.lamella.drm.RenderChannel}s that carry out push buffers, and {@link
 * io.lamella.drm.SyncObject}s, timelines that work waits for and signals. Closing the file in the middle of work stops the work, and ends
 * what waits for it with an error.
 *
 * <p>Failures are {@link io.lamella.core.CoreException}s: {@code INVALID}, {@code NO_SPACE} (memory or a limit of the file, with the
 * number), {@code BUSY}, {@code TIMED_OUT}, {@code DEVICE_FAULT} for work that the GPU stopped, {@code CLOSED}, and {@link
 * io.lamella.core.GpuGoneException}.
 *
 * <p>Threads: all methods may be called from any thread. One lock per device guards what is scheduled; it is held for a few memory accesses
 * and a doorbell, never while waiting. The core's event thread retires work when an interrupt says so; whoever waits also looks by himself
 * from time to time, so that a lost interrupt is a delay. Binds that wait for something run on a thread of their VM.
 *
 * <p>Not modelled: partial unmapping of a bind, sparse ranges, sharing between files (PRIME), tiled memory, graphics and compute engines.
 */
@NullMarked
package io.lamella.drm;

import org.jspecify.annotations.NullMarked;
