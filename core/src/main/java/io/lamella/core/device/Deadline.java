// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.device;

import io.lamella.core.CoreClock;

/** A point in time after which waiting ends. */
public final class Deadline {
    private final CoreClock clock;
    private final long endNanos;

    public Deadline(CoreClock clock, int timeoutMillis) {
        this.clock = clock;
        this.endNanos = clock.nanoTime() + timeoutMillis * 1_000_000L;
    }

    public boolean isOver() {
        return clock.nanoTime() - endNanos >= 0;
    }
}
