// SPDX-License-Identifier: Apache-2.0
package io.lamella.vfiouser.server;

import java.util.concurrent.atomic.AtomicLongArray;

/** A server's counters: added to without locks, read from anywhere. */
final class Counters {
    static final int CONNECTIONS = 0;
    static final int MESSAGES = 1;
    static final int BYTES_RECEIVED = 2;
    static final int REGION_READS = 3;
    static final int REGION_WRITES = 4;
    static final int REFUSED = 5;
    static final int MALFORMED = 6;
    static final int EXPIRED = 7;
    static final int DMA_MESSAGES = 8;
    static final int DMA_MAPS = 9;

    private final AtomicLongArray values = new AtomicLongArray(10);

    /** For the counters that only the server's thread adds to. */
    void add(int counter, long amount) {
        values.setOpaque(counter, values.getPlain(counter) + amount);
    }

    /** For those that any thread adds to. */
    void addShared(int counter, long amount) {
        values.getAndAdd(counter, amount);
    }

    ServerStatistics snapshot() {
        return new ServerStatistics(
                values.get(CONNECTIONS),
                values.get(MESSAGES),
                values.get(BYTES_RECEIVED),
                values.get(REGION_READS),
                values.get(REGION_WRITES),
                values.get(REFUSED),
                values.get(MALFORMED),
                values.get(EXPIRED),
                values.get(DMA_MESSAGES),
                values.get(DMA_MAPS));
    }
}
