// SPDX-License-Identifier: Apache-2.0
package io.lamella.core;

/** Time that passes only by being slept. */
public final class TestClock implements CoreClock {
    private long now;

    @Override
    public synchronized long nanoTime() {
        return now;
    }

    @Override
    public synchronized void sleepNanos(long nanos) {
        now += nanos;
    }
}
