// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.trace;

import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/** The events of one function that pass a filter, as they come. One thread at a time; close it from any. */
public final class TraceFeed implements AutoCloseable {
    private final TraceReader reader;
    private final TraceDecoder decoder;
    private final ArrayDeque<TraceEvent> ready = new ArrayDeque<>();
    private volatile boolean ended;

    TraceFeed(TraceReader reader, long beginNanos, TraceFilter filter) {
        this.reader = reader;
        decoder = new TraceDecoder(beginNanos, filter.kinds(), event -> {
            if (filter.passes(event)) {
                ready.add(event);
            }
        });
    }

    /**
     * The next event.
     *
     * @param timeoutNanos how long to wait for something to happen at all; 0 does not wait
     * @return null if there is none yet, or what happened does not pass the filter
     */
    public @Nullable TraceEvent next(long timeoutNanos) {
        while (ready.isEmpty()) {
            TraceRecord record = reader.take(timeoutNanos);
            long lost = reader.takeLost();
            if (lost != 0) {
                decoder.gap(lost);
            }
            if (record == null) {
                break;
            }
            decoder.accept(record);
            if (record.kind() == TraceKind.LIFE && LifeStep.of(record.a()) == LifeStep.CLOSED) {
                ended = true;
            }
        }
        return ready.poll();
    }

    /** Whether the function is gone; what happened before may still wait to be read. */
    public boolean isEnded() {
        return ended;
    }

    @Override
    public void close() {
        ended = true;
        reader.close();
    }
}
