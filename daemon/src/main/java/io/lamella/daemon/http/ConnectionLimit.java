// SPDX-License-Identifier: Apache-2.0
package io.lamella.daemon.http;

import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.ssl.SslConnection;

/**
 * Closes connections beyond a number at once. (Jetty's own limit stops accepting instead, and its connector for Unix sockets closes the
 * listening socket for that.)
 */
final class ConnectionLimit implements Connection.Listener {
    private final AtomicInteger open = new AtomicInteger();
    private final int limit;

    ConnectionLimit(int limit) {
        this.limit = limit;
    }

    @Override
    public void onOpened(Connection connection) {
        // Inside a TLS connection there is one of HTTP, and that one counts.
        if (!(connection instanceof SslConnection) && open.incrementAndGet() > limit) {
            connection.getEndPoint().close();
        }
    }

    @Override
    public void onClosed(Connection connection) {
        if (!(connection instanceof SslConnection)) {
            open.decrementAndGet();
        }
    }
}
