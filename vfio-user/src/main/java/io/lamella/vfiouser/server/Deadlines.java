// SPDX-License-Identifier: Apache-2.0
package io.lamella.vfiouser.server;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/** Looks after the sessions of this process; one daemon thread, only while there are some and for a second after. */
final class Deadlines {
    /** Something that is looked at now and then. Looking must not wait for anything: others are waiting to be looked at. */
    interface Watched {
        void check(long nowNanos);
    }

    private static final long PERIOD_NANOS = 100_000_000;
    // Without anything to watch; a client that comes right after another one does not cost a new thread.
    private static final int LINGER_PERIODS = 10;
    private static final System.Logger LOG = System.getLogger("io.lamella.vfiouser");
    private static final List<Watched> WATCHED = new ArrayList<>();
    private static boolean running;

    private Deadlines() {}

    static void add(Watched watched) {
        synchronized (WATCHED) {
            WATCHED.add(watched);
            if (!running) {
                Thread.ofPlatform().daemon().name("vfio-user-deadlines").start(Deadlines::run);
                running = true;
            }
        }
    }

    static void remove(Watched watched) {
        synchronized (WATCHED) {
            WATCHED.remove(watched);
        }
    }

    private static void run() {
        int idlePeriods = 0;
        while (true) {
            List<Watched> now;
            synchronized (WATCHED) {
                now = List.copyOf(WATCHED);
                idlePeriods = now.isEmpty() ? idlePeriods + 1 : 0;
                if (idlePeriods > LINGER_PERIODS) {
                    running = false;
                    return;
                }
            }
            for (Watched watched : now) {
                try {
                    watched.check(System.nanoTime());
                } catch (RuntimeException | Error e) {
                    // The others must be looked at all the same.
                    LOG.log(System.Logger.Level.ERROR, "Looking after a session failed.", e);
                }
            }
            LockSupport.parkNanos(PERIOD_NANOS);
        }
    }
}
