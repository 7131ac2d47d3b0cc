// SPDX-License-Identifier: Apache-2.0
package io.lamella.vfiouser.server;

import io.lamella.linux.UnixSocket;
import io.lamella.vfiouser.wire.Version;

/** Told of clients that come and go, on the server's thread. */
public interface ServerListener {
    /** Does nothing. */
    ServerListener NONE = new ServerListener() {};

    /** A client has agreed on a version; the function is connected. */
    default void onConnected(UnixSocket.Peer peer, Version client) {}

    /**
     * It has gone, the function is disconnected and everything of the client is released. The place to reset the function for the next
     * one.
     */
    default void onDisconnected(ServerStatistics statistics, String reason) {}
}
