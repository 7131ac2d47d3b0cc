// SPDX-License-Identifier: Apache-2.0
/**
 * The graphics engine, as far as it goes: a runlist on which channels run the methods of host (semaphores, waits, interrupts). A channel
 * that binds a class of graphics or compute stops with Xid 13.
 *
 * <p>It is there because drivers rest on it: nouveau gives channels to programs, on any engine, only if its own channel on the graphics runlist
 * exists (nouveau_abi16.c, nouveau_drm.c). Channels run on the thread of {@code io.lamella.gpu.host}.
 *
 * <p>Not modelled: every class of graphics, compute, 2D and inline copies; contexts (see {@code io.lamella.gpu.rm}).
 */
@NullMarked
package io.lamella.gpu.gr;

import org.jspecify.annotations.NullMarked;
