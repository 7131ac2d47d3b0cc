// SPDX-License-Identifier: Apache-2.0
package io.lamella.vfiouser.server;

import java.util.ArrayList;
import java.util.List;

/** Looks after the commands of every session in this process; one daemon thread, only while there are sessions. */
final class Deadlines {
    /** Something that is looked at now and then. */
    interface Watched {
        void check(long nowNanos);
    }

    private static final long PERIOD_MILLIS = 100;
    private static final List<Watched> WATCHED = new ArrayList<>();
    private static boolean running;

    private Deadlines() {}

    static void add(Watched watched) {
        synchronized (WATCHED) {
            WATCHED.add(watched);
            if (!running) {
                running = true;
                Thread.ofPlatform().daemon().name("vfio-user-deadlines").start(Deadlines::run);
            }
        }
    }

    static void remove(Watched watched) {
        synchronized (WATCHED) {
            WATCHED.remove(watched);
            WATCHED.notifyAll();
        }
    }

    private static void run() {
        while (true) {
            List<Watched> now;
            synchronized (WATCHED) {
                if (WATCHED.isEmpty()) {
                    running = false;
                    return;
                }
                now = List.copyOf(WATCHED);
            }
            for (Watched watched : now) {
                watched.check(System.nanoTime());
            }
            synchronized (WATCHED) {
                try {
                    if (!WATCHED.isEmpty()) {
                        WATCHED.wait(PERIOD_MILLIS);
                    }
                } catch (InterruptedException e) {
                    running = false;
                    return;
                }
            }
        }
    }
}
