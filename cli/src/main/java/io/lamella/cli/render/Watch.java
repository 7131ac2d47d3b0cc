// SPDX-License-Identifier: Apache-2.0
package io.lamella.cli.render;

import io.lamella.cli.Terminal;
import java.util.concurrent.TimeUnit;

/** Shows a person who waits at a terminal what is being done, once it takes longer than a second. On the error output; gone at the end. */
final class Watch implements AutoCloseable {
    private static final String CLEAR_LINE = "\r\u001b[2K";
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final long start = System.nanoTime();
    private final boolean isWatched = Terminal.isInteractive();
    private final Thread thread = Thread.ofVirtual().unstarted(this::show);
    private volatile String doing = "";
    private volatile boolean over;

    Watch() {
        if (isWatched) {
            thread.start();
        }
    }

    void doing(String what) {
        doing = what;
    }

    private void show() {
        try {
            Thread.sleep(TimeUnit.NANOSECONDS.toMillis(PATIENCE_NANOS));
            while (!over) {
                long seconds = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - start);
                System.err.print(CLEAR_LINE + doing + " ... " + seconds + " s");
                System.err.flush();
                Thread.sleep(200);
            }
        } catch (InterruptedException e) {
            // It is over.
        }
    }

    @Override
    public void close() {
        if (isWatched) {
            over = true;
            thread.interrupt();
            try {
                thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            System.err.print(CLEAR_LINE);
            System.err.flush();
        }
    }
}
