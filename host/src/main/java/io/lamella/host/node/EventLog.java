// SPDX-License-Identifier: Apache-2.0
package io.lamella.host.node;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The last events of a node. Appending gives an event its number and returns at once; listeners are told in order by a thread that is there
 * only while there is something to tell.
 */
final class EventLog implements AutoCloseable {
    private static final Logger LOG = System.getLogger(EventLog.class.getName());
    private static final int MAX_PAGE = 10_000;

    private final Clock clock;
    private final int capacity;
    private final LongSupplier numbers;
    private final Consumer<List<NodeEvent>> sink;
    private final ArrayDeque<NodeEvent> ring = new ArrayDeque<>();
    private final ArrayDeque<NodeEvent> untold = new ArrayDeque<>();
    private final List<Consumer<NodeEvent>> listeners = new CopyOnWriteArrayList<>();

    /** The newest event that is no longer kept. Guarded by this, as all that follows. */
    private long dropped;

    /** Numbers after this one and up to {@link #tornTo} were given in an earlier life, and what they were given to is not known. */
    private long tornFrom;

    private long tornTo;
    private long newest;
    private boolean telling;
    private boolean closed;

    /** What an event is about. */
    record About(
            @Nullable String gpu,
            @Nullable String vgpu,
            @Nullable String vgpuName) {
        static final About NODE = new About(null, null, null);

        static About gpu(String name) {
            return new About(name, null, null);
        }
    }

    /**
     * @param capacity how many are kept
     * @param numbers gives numbers that rise and were never given before; called with this log's lock held
     * @param sink keeps events, in order, on the thread that tells listeners, before they are told
     */
    EventLog(Clock clock, int capacity, LongSupplier numbers, Consumer<List<NodeEvent>> sink) {
        this.clock = clock;
        this.capacity = Math.clamp(capacity, 16, 1 << 20);
        this.numbers = numbers;
        this.sink = sink;
    }

    /**
     * Takes in what an earlier life left, oldest first. To be called before anything is appended.
     *
     * @param lastPossible the last number that it may have given
     */
    synchronized void preload(List<NodeEvent> earlier, long lastPossible) {
        earlier.forEach(this::keep);
        dropped = earlier.isEmpty()
                ? lastPossible
                : Math.max(dropped, earlier.getFirst().id() - 1);
        tornFrom = newest;
        tornTo = lastPossible;
    }

    // Called with the lock held.
    private void keep(NodeEvent event) {
        if (ring.size() == capacity) {
            dropped = ring.removeFirst().id();
        }
        ring.addLast(event);
        newest = event.id();
    }

    NodeEvent append(String kind, About about, boolean audit, String sentence, Map<String, String> details) {
        NodeEvent event;
        synchronized (this) {
            event = new NodeEvent(
                    numbers.getAsLong(),
                    Instant.now(clock).truncatedTo(ChronoUnit.MILLIS).toString(),
                    kind,
                    about.gpu,
                    about.vgpu,
                    about.vgpuName,
                    audit,
                    sentence,
                    details);
            keep(event);
            notifyAll();
            untold.addLast(event);
            if (!telling) {
                telling = true;
                Thread.ofVirtual().name("node events").start(this::tell);
            }
        }
        return event;
    }

    private void tell() {
        while (true) {
            List<NodeEvent> batch;
            synchronized (this) {
                if (untold.isEmpty()) {
                    telling = false;
                    notifyAll();
                    return;
                }
                batch = List.copyOf(untold);
                untold.clear();
            }
            try {
                sink.accept(batch);
            } catch (RuntimeException e) {
                LOG.log(Level.WARNING, "Events could not be kept.", e);
            }
            batch.forEach(this::tell);
        }
    }

    private void tell(NodeEvent event) {
        for (Consumer<NodeEvent> listener : listeners) {
            try {
                listener.accept(event);
            } catch (RuntimeException e) {
                LOG.log(Level.WARNING, "A listener failed on: " + event.sentence(), e);
            }
        }
    }

    void addListener(Consumer<NodeEvent> listener) {
        listeners.add(listener);
    }

    void removeListener(Consumer<NodeEvent> listener) {
        listeners.remove(listener);
    }

    synchronized EventPage page(long since, int limit) {
        int most = Math.clamp(limit, 1, MAX_PAGE);
        boolean gap = since < dropped || since > newest || (since > tornFrom && since <= tornTo);
        List<NodeEvent> found = new ArrayList<>();
        for (NodeEvent event : ring) {
            if ((gap || event.id() > since) && found.size() < most) {
                found.add(event);
            }
        }
        long next = found.isEmpty() ? newest : found.getLast().id();
        return new EventPage(
                found, gap, next, ring.isEmpty() ? 0 : ring.getFirst().id(), newest);
    }

    /** Waits until there is an event after {@code since}, the time is over, or the log is closed. */
    synchronized EventPage await(long since, int limit, long timeoutMillis) throws InterruptedException {
        long end = System.nanoTime() + Math.clamp(timeoutMillis, 0, 3_600_000) * 1_000_000L;
        while (!closed && newest == since) {
            long left = (end - System.nanoTime() + 999_999) / 1_000_000;
            if (left <= 0) {
                break;
            }
            wait(left);
        }
        return page(since, limit);
    }

    synchronized long newest() {
        return newest;
    }

    synchronized long oldest() {
        return ring.isEmpty() ? 0 : ring.getFirst().id();
    }

    /** Wakes those who wait, and returns when listeners have been told of everything, or a second has passed. */
    @Override
    public synchronized void close() {
        closed = true;
        notifyAll();
        long end = System.nanoTime() + 1_000_000_000;
        try {
            while (telling && System.nanoTime() < end) {
                wait(100);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
