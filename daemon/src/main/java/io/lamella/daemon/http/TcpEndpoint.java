// SPDX-License-Identifier: Apache-2.0
package io.lamella.daemon.http;

import java.net.InetAddress;
import org.jspecify.annotations.Nullable;

/**
 * A TCP port to listen at. Beyond the loopback device there must be both a token and TLS.
 *
 * @param address to listen at
 * @param port or 0 for any that is free
 * @param token that each request must carry, or null for none
 * @param tls certificate and key, or null for none
 */
public record TcpEndpoint(
        InetAddress address,
        int port,
        @Nullable String token,
        @Nullable TlsIdentity tls) {
    private static final int SHORTEST_TOKEN = 16;

    public TcpEndpoint {
        if (!address.isLoopbackAddress() && (token == null || tls == null)) {
            throw new IllegalArgumentException(
                    "Listening at " + address.getHostAddress()
                            + ", beyond this host's loopback device, needs both TLS and a token; give both, or listen at 127.0.0.1.");
        }
        if (token != null && token.length() < SHORTEST_TOKEN) {
            throw new IllegalArgumentException("The token has " + token.length() + " characters; at least "
                    + SHORTEST_TOKEN + " are needed. Make one with: openssl rand -hex 32");
        }
    }
}
