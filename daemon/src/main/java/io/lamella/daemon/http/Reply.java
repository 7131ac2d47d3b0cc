// SPDX-License-Identifier: Apache-2.0
package io.lamella.daemon.http;

import java.io.IOException;
import java.util.Map;

/** What an endpoint answers. */
public sealed interface Reply {
    int status();

    /** Header fields beside those that go with the body. */
    Map<String, String> headers();

    /** A document. */
    record Document(int status, Map<String, String> headers, Object body) implements Reply {}

    /** Text. */
    record Text(int status, Map<String, String> headers, String mediaType, String body) implements Reply {}

    /** Nothing. */
    record Empty(int status, Map<String, String> headers) implements Reply {}

    /** Text that goes on until one side ends it. */
    record Stream(Map<String, String> headers, String mediaType, Writer writer) implements Reply {
        @Override
        public int status() {
            return 200;
        }
    }

    /** Writes a stream, on the request's thread. */
    @FunctionalInterface
    interface Writer {
        void write(Sink sink) throws IOException, InterruptedException;
    }

    /** Where a stream goes. */
    interface Sink {
        /** Sends text now; waits while the client does not read. @throws IOException if it is gone, or was cut off */
        void send(String text) throws IOException;

        /** Ends the connection at once, from any thread; a {@link #send} under way fails. */
        void abort();
    }

    static Reply ok(Object body) {
        return new Document(200, Map.of(), body);
    }

    /** A document with its revision as an entity tag. */
    static Reply ok(Object body, long revision) {
        return new Document(200, Map.of("ETag", "\"" + revision + "\""), body);
    }

    static Reply created(Object body, String location, long revision) {
        return new Document(201, Map.of("Location", location, "ETag", "\"" + revision + "\""), body);
    }

    static Reply accepted(Object body, String location) {
        return new Document(202, Map.of("Location", location), body);
    }

    static Reply text(String mediaType, String body) {
        return new Text(200, Map.of(), mediaType, body);
    }
}
