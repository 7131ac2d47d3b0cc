// SPDX-License-Identifier: Apache-2.0
/**
 * An HTTP API from a table of routes, with nothing of vGPUs in it.
 *
 * <p>A {@link io.lamella.daemon.http.Route} says method, path, query, body and answer of one thing that the API does. {@link
 * io.lamella.daemon.http.ApiServer} finds the route of a request, checks everything that the route says against it, and calls the endpoint
 * with what passed; {@link io.lamella.daemon.http.OpenApi} makes the API's description of the same table, so the two cannot disagree. Shapes of
 * bodies are read off records ({@link io.lamella.daemon.http.Shape}).
 *
 * <p>Everything that a client sends is hostile: sizes of lines, headers and bodies, depth, numbers of keys, connections and time are bounded
 * before anything is allocated or waited for. Whatever is refused is answered with a problem document of RFC 9457 that has a stable code, a
 * sentence, and all that is wrong at once; there is never a stack trace in it.
 *
 * <p>Threads: Jetty's own few platform threads accept and select; each request runs on a virtual thread, which may wait. Jetty's {@code
 * HttpConfiguration} and {@code UnixDomainServerConnector} are from its own documentation; entity tags and preconditions are those of RFC 9110.
 *
 * <p>Not modelled: HTTP/2, compression, ranges, weak entity tags.
 */
@NullMarked
package io.lamella.daemon.http;

import org.jspecify.annotations.NullMarked;
