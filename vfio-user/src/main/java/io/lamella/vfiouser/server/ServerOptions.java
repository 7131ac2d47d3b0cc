// SPDX-License-Identifier: Apache-2.0
package io.lamella.vfiouser.server;

/**
 * Limits of a server.
 *
 * @param maxDataBytes of one message; a session's two buffers are a little larger. At least a page, at most 64 MiB
 * @param maxDmaMaps of one session; each may take a descriptor and a mapping of this process
 * @param maxMessageFds descriptors with one message, 1 to 16 (QEMU refuses more)
 * @param commandTimeoutMillis after which a command that is still being executed is answered with an error; below the client's own
 *     (5000 in QEMU)
 * @param dmaTimeoutMillis how long a thread waits for the reply to a DMA message
 * @param sendTimeoutMillis how long a client may leave its replies unread
 * @param drainTimeoutMillis how long a client that is being thrown out has to notice
 * @param writeMultiple whether clients may put many small writes into one message
 * @param watchBusMaster whether the function's DMA faults while bus mastering is off in its command register, as on a real bus. Mapped
 *     memory has no other guard
 * @param anyUser whether clients of other users are served too; then whoever made the socket has seen to who can connect. If not, this
 *     user and root
 */
public record ServerOptions(
        int maxDataBytes,
        int maxDmaMaps,
        int maxMessageFds,
        long commandTimeoutMillis,
        long dmaTimeoutMillis,
        long sendTimeoutMillis,
        long drainTimeoutMillis,
        boolean writeMultiple,
        boolean watchBusMaster,
        boolean anyUser) {
    /** What suits QEMU. */
    public static final ServerOptions DEFAULTS =
            new ServerOptions(1 << 20, 8192, 16, 4000, 3000, 4000, 500, true, true, false);

    public ServerOptions {
        if (maxDataBytes < 4096 || maxDataBytes > 64 << 20) {
            throw new IllegalArgumentException(
                    "maxDataBytes is " + maxDataBytes + ": it must be 4096 to 64 MiB, which is what clients accept.");
        }
        if (maxDmaMaps < 1 || maxDmaMaps > 65535) {
            throw new IllegalArgumentException("maxDmaMaps is " + maxDmaMaps + ": it must be 1 to 65535.");
        }
        if (maxMessageFds < 1 || maxMessageFds > 16) {
            throw new IllegalArgumentException("maxMessageFds is " + maxMessageFds + ": it must be 1 to 16.");
        }
        if (commandTimeoutMillis < 1 || dmaTimeoutMillis < 1 || sendTimeoutMillis < 1 || drainTimeoutMillis < 1) {
            throw new IllegalArgumentException("Every time limit must be 1 millisecond or more.");
        }
    }

    public ServerOptions withMaxDataBytes(int bytes) {
        return new ServerOptions(
                bytes,
                maxDmaMaps,
                maxMessageFds,
                commandTimeoutMillis,
                dmaTimeoutMillis,
                sendTimeoutMillis,
                drainTimeoutMillis,
                writeMultiple,
                watchBusMaster,
                anyUser);
    }

    public ServerOptions withMaxDmaMaps(int maps) {
        return new ServerOptions(
                maxDataBytes,
                maps,
                maxMessageFds,
                commandTimeoutMillis,
                dmaTimeoutMillis,
                sendTimeoutMillis,
                drainTimeoutMillis,
                writeMultiple,
                watchBusMaster,
                anyUser);
    }

    /** All four time limits. */
    public ServerOptions withTimeouts(long commandMillis, long dmaMillis, long sendMillis, long drainMillis) {
        return new ServerOptions(
                maxDataBytes,
                maxDmaMaps,
                maxMessageFds,
                commandMillis,
                dmaMillis,
                sendMillis,
                drainMillis,
                writeMultiple,
                watchBusMaster,
                anyUser);
    }

    /** For functions and clients that know nothing of configuration space: DMA whenever the function does it. */
    public ServerOptions withoutBusMaster() {
        return new ServerOptions(
                maxDataBytes,
                maxDmaMaps,
                maxMessageFds,
                commandTimeoutMillis,
                dmaTimeoutMillis,
                sendTimeoutMillis,
                drainTimeoutMillis,
                writeMultiple,
                false,
                anyUser);
    }

    /** For sockets whose permissions say who may connect. */
    public ServerOptions withAnyUser() {
        return new ServerOptions(
                maxDataBytes,
                maxDmaMaps,
                maxMessageFds,
                commandTimeoutMillis,
                dmaTimeoutMillis,
                sendTimeoutMillis,
                drainTimeoutMillis,
                writeMultiple,
                watchBusMaster,
                true);
    }
}
