// SPDX-License-Identifier: Apache-2.0
package io.lamella.cli;

import io.lamella.gpu.trace.TraceEvent;
import io.lamella.gpu.trace.TraceFeed;
import org.jspecify.annotations.Nullable;

/** Prints what a feed gives, on a thread of its own, until it is closed. */
final class TraceOutput implements AutoCloseable {
    private static final long PAUSE_NANOS = 50_000_000;

    private final TraceFeed feed;
    private final TracePrinter printer;
    private final Runnable whenDone;
    private final Thread thread;
    private volatile boolean closing;

    /** @param whenDone run when all is printed; closes what is printed to */
    TraceOutput(TraceFeed feed, TracePrinter printer, Runnable whenDone) {
        this.feed = feed;
        this.printer = printer;
        this.whenDone = whenDone;
        thread = Thread.ofPlatform().name("trace").daemon().start(this::work);
    }

    private void work() {
        while (true) {
            boolean last = closing;
            @Nullable TraceEvent event = feed.next(last ? 0 : PAUSE_NANOS);
            if (event != null) {
                printer.print(event);
            } else if (last) {
                break;
            } else {
                printer.flush();
            }
        }
        printer.end();
    }

    /** What has happened until now is printed first. */
    @Override
    public void close() {
        closing = true;
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        feed.close();
        whenDone.run();
    }
}
