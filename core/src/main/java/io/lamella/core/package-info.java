// SPDX-License-Identifier: Apache-2.0
/**
 * The GPU core driver's interface: what every client of a GPU sees, and all that it sees.
 *
 * <p>A client is given a {@link io.lamella.core.GpuCore}, attaches, and gets a {@link io.lamella.core.CoreSession}: frame buffer, channel
 * ids, BAR1 mappings, clients of the firmware's resource manager, virtual functions, events. Everything it takes is owned by its
 * session. Requests to the firmware are by name ({@link io.lamella.core.RmRequest}); which bytes they become depends on the firmware
 * release and is nobody's business above the core. The types are plain so that the same interface can be had from C.
 *
 * <p>Threads: methods may be called from any thread. Events come on one thread of the core's own.
 */
@NullMarked
package io.lamella.core;

import org.jspecify.annotations.NullMarked;
