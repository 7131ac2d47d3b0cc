// SPDX-License-Identifier: Apache-2.0
package io.lamella.core;

import java.util.concurrent.locks.LockSupport;

/** Time as the core sees it: given from outside so that tests need not wait. */
public interface CoreClock {
    /** The machine's monotonic clock. */
    CoreClock SYSTEM = new CoreClock() {
        @Override
        public long nanoTime() {
            return System.nanoTime();
        }

        @Override
        public void sleepNanos(long nanos) {
            LockSupport.parkNanos(nanos);
        }
    };

    /** Nanoseconds since some fixed point; never goes back. */
    long nanoTime();

    /** Waits about that long; may return early. */
    void sleepNanos(long nanos);
}
