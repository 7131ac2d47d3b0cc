// SPDX-License-Identifier: Apache-2.0
/**
 * The GSP: bringing its firmware up and down, the queues to it, and conversations with its resource manager.
 *
 * <p>The firmware's image, its page tables, logs, arguments and the two rings lie in system memory ({@link BootMemory}); where things go in
 * frame buffer is computed from the top downwards ({@link FbLayout}). FWSEC protects the place, the booter on SEC2 loads the image there and
 * starts it ({@link GspDriver}). From then on everything is messages: {@link CommandQueue} moves them and knows none, {@link GspCommand}
 * knows each with its reply, {@link ResourceManager} turns requests by name into the layouts of the release that runs. Those layouts come
 * from {@code io.lamella.hw.gsp} and go no further up than this package.
 *
 * <p>Facts from nouveau nvkm/subdev/gsp/{tu102,ga102}.c, rm/r535/{gsp,rpc,alloc,ctrl}.c, rm/r570/gsp.c, nvkm/subdev/vfn/tu102.c, nova-core
 * gsp/ and fb.rs, open-gpu-kernel-modules gsp_fw_heap.h.
 *
 * <p>Threads: one call at a time holds the queue, from sending to the reply, whichever thread makes it; the core's event thread reads what
 * comes unasked; the slot's interrupt thread only acknowledges ({@link Interrupts}).
 *
 * <p>Not modelled: suspend and resume, the firmware's logs (kept, not decoded), lockless queues, boot through FSP, events that a client
 * registers for with EVENT_SET_NOTIFICATION.
 */
@NullMarked
package io.lamella.core.gsp;

import org.jspecify.annotations.NullMarked;
