// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.session;

import io.lamella.core.CoreEvent;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

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
    private final Consumer<CoreEvent> deliver;
    private final LinkedBlockingQueue<CoreEvent> pending = new LinkedBlockingQueue<>(MOST_PENDING);
    private volatile boolean stopped;

    /**
     * @param work done at each turn, before events are delivered
     * @param deliver gets each event
     */
    EventLoop(String name, Runnable work, Consumer<CoreEvent> deliver) {
        this.work = work;
        this.deliver = deliver;
        thread = Thread.ofPlatform().daemon().name(name).unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    /** Adds an event. Never waits: when nobody takes them, the newest are dropped. */
    void post(CoreEvent event) {
        if (!pending.offer(event)) {
            LOG.log(Level.WARNING, "An event was dropped: {0}", event);
        }
        wake();
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
        deliverPending();
    }

    private void deliverPending() {
        for (CoreEvent event = pending.poll(); event != null; event = pending.poll()) {
            deliver.accept(event);
        }
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
