// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.session;

import io.lamella.core.CoreEvent;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.locks.LockSupport;

/**
 * The core's event thread. Woken by interrupts; looks by itself often enough that a lost interrupt is a delay and not a hang.
 */
final class EventLoop implements AutoCloseable {
    private static final Logger LOG = System.getLogger(EventLoop.class.getName());
    private static final long PERIOD_NANOS = 100_000_000;
    private static final int MOST_PENDING = 4096;
    private static final long STOP_MILLIS = 5_000;

    private final Thread thread;
    private final Runnable work;
    private final Delivery deliver;
    private final LinkedBlockingQueue<Posted> pending = new LinkedBlockingQueue<>(MOST_PENDING);
    // Numbers change under this lock, so that events are numbered in the order in which they wait.
    private final Object numbering = new Object();
    /** Vectors of the non-stall interrupts that wait, with the number of the last one of each. Guarded by the numbering's lock. */
    private final Map<Integer, Long> waitingVectors = new HashMap<>();

    private long posted;
    private volatile boolean stopped;

    private record Posted(CoreEvent event, long number) {}

    /** Where events go. */
    interface Delivery {
        /** @param number counts events from 0 */
        void deliver(CoreEvent event, long number);
    }

    /**
     * @param work done at each turn, before events are delivered
     * @param deliver gets each event
     */
    EventLoop(String name, Runnable work, Delivery deliver) {
        this.work = work;
        this.deliver = deliver;
        thread = Thread.ofPlatform().daemon().name(name).unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    /**
     * Adds an event. Never waits: when nobody takes them, the newest are dropped. Non-stall interrupts come as fast as an engine works; one that waits
     * stands for all of its vector, so that they do not crowd out what comes once; it then has the last one's number, so that those who came between the
     * first and the last hear of it.
     */
    void post(CoreEvent event) {
        boolean taken;
        synchronized (numbering) {
            long number = posted++;
            if (event instanceof CoreEvent.NonStall nonStall
                    && waitingVectors.replace(nonStall.vector(), number) != null) {
                return;
            }
            taken = pending.offer(new Posted(event, number));
            if (taken && event instanceof CoreEvent.NonStall nonStall) {
                waitingVectors.put(nonStall.vector(), number);
            }
        }
        if (!taken) {
            LOG.log(Level.WARNING, "An event was dropped: {0}", event);
        }
        wake();
    }

    /** How many events there were: the number that the next one will have. */
    long posted() {
        synchronized (numbering) {
            return posted;
        }
    }

    void wake() {
        LockSupport.unpark(thread);
    }

    private void run() {
        while (!stopped) {
            try {
                work.run();
            } catch (RuntimeException failure) {
                LOG.log(Level.WARNING, "The GPU's event thread goes on after a failure", failure);
            }
            deliverPending();
            if (!stopped && pending.isEmpty()) {
                LockSupport.parkNanos(PERIOD_NANOS);
            }
        }
        while (!pending.isEmpty()) {
            deliverPending();
        }
    }

    private void deliverPending() {
        // No more than there are now: the firmware's messages have their turn too.
        int count = pending.size();
        for (Posted next = pending.poll(); next != null; next = --count > 0 ? pending.poll() : null) {
            deliver.deliver(next.event, numberOf(next));
        }
    }

    private long numberOf(Posted event) {
        if (event.event instanceof CoreEvent.NonStall nonStall) {
            synchronized (numbering) {
                // No longer waiting before it is delivered: what comes meanwhile is news.
                Long last = waitingVectors.remove(nonStall.vector());
                return last == null ? event.number : last;
            }
        }
        return event.number;
    }

    /** Ends the thread after it has delivered what there is. */
    @Override
    public void close() {
        stopped = true;
        wake();
        if (!Thread.currentThread().equals(thread)) {
            try {
                thread.join(STOP_MILLIS);
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
