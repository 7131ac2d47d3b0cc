// SPDX-License-Identifier: Apache-2.0
/**
 * The driver's side: a device in another process.
 *
 * <p>{@link io.lamella.vfiouser.client.VfioUserClient} is the protocol, a method for each command, for benchmarks and tests too. {@link
 * io.lamella.vfiouser.client.RemoteFunction} makes a {@link io.lamella.pci.PciFunction} of it, and {@link
 * io.lamella.vfiouser.client.VfioUserSlot} adds memory and interrupts: what a driver needs, the same as for a device in its own process.
 *
 * <p>The thread that calls receives its own reply, so a round trip has no hand-over between threads. A slot has one thread more, for
 * interrupts and for the server's DMA messages while nobody calls.
 *
 * <p>The server is trusted with the memory that it is given and with nothing else: lengths, counts and areas that it sends are checked,
 * every wait has a limit, and what makes no sense ends the connection.
 *
 * <p>Not modelled: migration, DEVICE_FEATURE beyond {@code command}, region I/O descriptors, more than one descriptor for a region.
 */
@NullMarked
package io.lamella.vfiouser.client;

import org.jspecify.annotations.NullMarked;
