// SPDX-License-Identifier: Apache-2.0
/**
 * The GSP: bringing its firmware up and down, the queues to it, and conversations with its resource manager.
 *
 * <p>{@link GspDriver} starts the firmware by the chip's {@link io.lamella.core.boot.BootPath}. From then on everything is messages: {@link CommandQueue} moves them and knows none, {@link GspCommand}
 * knows each with its reply, {@link ResourceManager} turns requests by name into the layouts of the release that runs. Those layouts come
 * from {@code io.lamella.hw.gsp} and go no further up than this package.
 *
 * <p>Facts from nouveau nvkm/subdev/gsp/tu102.c, rm/r535/{gsp,rpc,alloc,ctrl}.c, rm/r570/gsp.c, nvkm/subdev/vfn/tu102.c, nova-core
 * gsp/.
 *
 * <p>Threads: one call at a time holds the queue, from sending to the reply, whichever thread makes it; the core's event thread reads what
 * comes unasked; the slot's interrupt thread only acknowledges ({@link Interrupts}).
 *
 * <p>Not modelled: suspend and resume, the firmware's logs (kept, not decoded), lockless queues, events that a client
 * registers for with EVENT_SET_NOTIFICATION.
 */
@NullMarked
package io.lamella.core.gsp;

import org.jspecify.annotations.NullMarked;
