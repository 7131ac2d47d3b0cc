// SPDX-License-Identifier: Apache-2.0
package io.lamella.vfiouser.server;

import io.lamella.linux.Errno;
import io.lamella.vfiouser.wire.Command;
import java.util.concurrent.atomic.AtomicLong;

/** Log lines about a client, a few a minute at the most: what a guest can bring about must not fill the host's log. */
final class Complaints {
    private static final System.Logger LOG = System.getLogger("io.lamella.vfiouser");
    private static final int BURST = 10;
    private static final long REFILL_NANOS = 10_000_000_000L;

    private final String name;
    // When the bucket would be full again, in the manner of a leaky bucket.
    private final AtomicLong horizon = new AtomicLong(System.nanoTime());

    Complaints(String name) {
        this.name = name;
    }

    private boolean mayTalk() {
        long now = System.nanoTime();
        long before = horizon.get();
        long from = before - now < 0 ? now : before;
        return from - now < BURST * REFILL_NANOS && horizon.compareAndSet(before, from + REFILL_NANOS);
    }

    void say(String sentence) {
        if (LOG.isLoggable(System.Logger.Level.WARNING) && mayTalk()) {
            LOG.log(System.Logger.Level.WARNING, name + ": " + sentence);
        }
    }

    /** A command was answered with an error. */
    void refused(int command, int errno) {
        if (LOG.isLoggable(System.Logger.Level.DEBUG) && mayTalk()) {
            LOG.log(
                    System.Logger.Level.DEBUG,
                    name + ": " + Command.name(command) + " was refused: " + Errno.describe(errno) + ".");
        }
    }

    /** The function, or this library, threw something; with its trace. */
    void failed(int command, Throwable thrown) {
        if (LOG.isLoggable(System.Logger.Level.ERROR) && mayTalk()) {
            LOG.log(System.Logger.Level.ERROR, name + ": " + Command.name(command) + " failed.", thrown);
        }
    }
}
