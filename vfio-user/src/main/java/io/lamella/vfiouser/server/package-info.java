// SPDX-License-Identifier: Apache-2.0
/**
 * Serves a {@link io.lamella.pci.PciFunction} to a vfio-user client: QEMU, cloud-hypervisor, or this library's own client.
 *
 * <p>{@link io.lamella.vfiouser.server.VfioUserServer} has one thread. It waits for a client, then reads, executes and answers that client's
 * commands in order, and when the client leaves, or is thrown out, takes everything back: the function is disconnected, all memory unmapped,
 * all descriptors closed, all interrupt vectors silent. Then it waits for the next client; a second one waits in the socket's
 * queue until the first has left. One receive call may bring many commands; their replies leave together in one send.
 *
 * <p>The function's own threads use the session's memory and interrupts. Memory that came with a descriptor is mapped, and reaching it costs
 * no message. Memory that came without one is reached by DMA messages, which must never be waited for on the session's thread: the client
 * may be waiting for that thread's reply. Such an access fails with a {@link io.lamella.pci.DmaFaultException} that says so.
 *
 * <p>A process-wide daemon thread watches over commands that take too long, so that the client gets an error before it gives up by
 * itself; it exists only while there are sessions.
 *
 * <p>Everything from the client is hostile: lengths are checked before the first field is read, sums before they are used, and nothing is
 * sized by a number from the wire. A message that can be framed but not accepted is answered with an error and skipped whole; one that
 * cannot be framed ends the connection. Closing first tells the client (a clean end of stream) and reads what is still under way, because
 * QEMU 11.1 aborts when a socket with unread bytes is closed.
 *
 * <p>Facts are from QEMU's docs/interop/vfio-user.rst and observed behaviour of QEMU 11.1. Not modelled: migration and dirty page
 * logging (refused with ENOTTY and EOPNOTSUPP), DEVICE_GET_REGION_IO_FDS entries (none are offered), VGA. Known limit: a hostile
 * client can make one writer of its eventfd wait, by filling it between the look at it and the write; closing the session frees that one.
 */
@NullMarked
package io.lamella.vfiouser.server;

import org.jspecify.annotations.NullMarked;
