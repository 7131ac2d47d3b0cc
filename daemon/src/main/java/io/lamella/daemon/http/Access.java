// SPDX-License-Identifier: Apache-2.0
package io.lamella.daemon.http;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Locale;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;
import org.jspecify.annotations.Nullable;

/**
 * Who may ask over TCP. The Unix socket's file permissions say who may connect there, so nothing more is asked of its clients.
 *
 * <p>A web page in a browser on this host can reach a port of the loopback device too. What it sends carries an Origin or a foreign Host,
 * and is refused.
 */
final class Access {
    private final byte @Nullable [] tokenDigest;
    private final boolean loopback;

    /** @param token that every request over TCP must carry, or null for none */
    Access(@Nullable String token, boolean loopback) {
        this.tokenDigest = token == null ? null : digest(token);
        this.loopback = loopback;
    }

    /** @throws ProblemException {@code UNAUTHENTICATED}, {@code FORBIDDEN} */
    void check(Request request, @Nullable Route route) {
        HttpFields headers = request.getHeaders();
        if (headers.contains(HttpHeader.ORIGIN)) {
            throw new ProblemException(
                    ProblemCode.FORBIDDEN, "Requests from web pages of other places are not taken; leave Origin out.");
        }
        if (loopback && tokenDigest == null && !isLocal(Request.getServerName(request))) {
            throw new ProblemException(
                    ProblemCode.FORBIDDEN, "Without a token this port is for this host alone: Host must be localhost.");
        }
        if (tokenDigest == null || (route != null && route.open())) {
            return;
        }
        String given = headers.get(HttpHeader.AUTHORIZATION);
        boolean bearer = given != null && given.regionMatches(true, 0, "Bearer ", 0, 7);
        // Digests have one length, and their comparison takes one time, whatever was sent.
        if (!MessageDigest.isEqual(
                tokenDigest, digest(bearer && given != null ? given.substring(7).strip() : ""))) {
            throw new ProblemException(
                            ProblemCode.UNAUTHENTICATED,
                            "Send the daemon's token: Authorization: Bearer TOKEN. It is in the file that the daemon's configuration names.")
                    .withHeader("WWW-Authenticate", "Bearer");
        }
    }

    private static boolean isLocal(@Nullable String name) {
        return name != null
                && switch (name.toLowerCase(Locale.ROOT)) {
                    case "localhost", "127.0.0.1", "[::1]", "::1", "[0:0:0:0:0:0:0:1]" -> true;
                    default -> false;
                };
    }

    private static byte[] digest(String token) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java has SHA-256.", e);
        }
    }
}
