// SPDX-License-Identifier: Apache-2.0
package io.lamella.daemon.api;

import io.lamella.daemon.http.Json;
import io.lamella.daemon.http.ProblemCode;
import io.lamella.daemon.http.ProblemException;
import io.lamella.daemon.http.Reply;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Clients of one stream of server-sent events: how many there may be, and what the stream looks like. */
final class Watchers {
    static final String MEDIA_TYPE = "text/event-stream";

    private final int most;
    private final String doing;
    private final AtomicInteger now = new AtomicInteger();

    /**
     * @param most that may watch at the same time
     * @param doing what they do, for the sentence of a refusal
     */
    Watchers(int most, String doing) {
        this.most = most;
        this.doing = doing;
    }

    /** Writes a stream. */
    interface Writer {
        void write(Reply.Sink sink) throws IOException, InterruptedException;
    }

    /** An answer that goes on. @throws ProblemException if there are too many already */
    Reply stream(Writer writer) {
        if (now.get() >= most) {
            throw new ProblemException(
                    ProblemCode.TOO_MANY,
                    "There are " + most + " clients " + doing + ", which is the limit; end one first.");
        }
        return new Reply.Stream(Map.of("X-Accel-Buffering", "no"), MEDIA_TYPE, sink -> {
            // Counted here and not above: not every answer is written (HEAD, a client that left). A race may let in one
            // more; connections are bounded.
            now.incrementAndGet();
            try {
                writer.write(sink);
            } finally {
                now.decrementAndGet();
            }
        });
    }

    /** One event. */
    static String event(@Nullable String id, String name, Object data) {
        return (id == null ? "" : "id: " + id + "\n") + "event: " + name + "\ndata: "
                + new String(Json.bytes(data), StandardCharsets.UTF_8) + "\n\n";
    }

    /** The last event of a stream that the daemon ends. */
    static String end(String sentence) {
        return event(null, "end", Map.of("sentence", sentence));
    }
}
