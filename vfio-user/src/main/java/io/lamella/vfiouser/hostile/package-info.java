// SPDX-License-Identifier: Apache-2.0
/**
 * A client that does not keep to the protocol, for trying a server with whatever function it serves. {@link
 * io.lamella.vfiouser.hostile.HostileClient} sends any bytes in any pieces with any descriptors and shows what comes back; {@link
 * io.lamella.vfiouser.hostile.MutationRun} sends thousands of damaged messages, repeatably from a seed. Neither shares code with the
 * library's server or client, so a mistake there does not hide itself here.
 *
 * <p>It is part of the library and exported, as a conformance kit: whoever serves a function of their own can turn it loose on that, as
 * Lamella does on a live vGPU. Nothing else in the library uses it.
 *
 * <p>Threads: each object is one thread's.
 *
 * <p>Not here: judging. A test that uses this looks itself at descriptors, mappings and whether an honest client is served afterwards.
 */
@NullMarked
package io.lamella.vfiouser.hostile;

import org.jspecify.annotations.NullMarked;
