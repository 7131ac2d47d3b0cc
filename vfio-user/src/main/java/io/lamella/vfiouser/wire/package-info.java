// SPDX-License-Identifier: Apache-2.0
/**
 * The wire format of vfio-user, declared once for both sides: the header, the layout of every command, flags, the version text, and how
 * messages are cut out of a stream of bytes and descriptors.
 *
 * <p>Facts are from QEMU's docs/interop/vfio-user.rst and from what QEMU 11.1, libvfio-user and rust-vmm send. {@link
 * io.lamella.vfiouser.wire.MessageInput} belongs to the one thread that reads a connection; {@link
 * io.lamella.vfiouser.wire.MessageOutput} has a batch that belongs to that thread too, and lets other threads send whole messages in
 * between. Neither allocates per message.
 *
 * <p>Not modelled: the twin socket, and big-endian hosts.
 */
@NullMarked
package io.lamella.vfiouser.wire;

import org.jspecify.annotations.NullMarked;
