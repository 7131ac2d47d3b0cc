// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.trace;

import io.lamella.hw.Chip;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;

/** What those who watch a function from outside may do with it. Any thread. */
public interface FunctionTap {
    /** What happens in it. */
    FunctionTrace trace();

    /**
     * Waits until the function has done what it was told: no task of it runs or waits and no channel has work, but for channels that wait
     * for a semaphore, and for answers that found no room.
     *
     * @return whether it came to rest in time
     */
    boolean settle(long timeoutNanos);

    /** The chip that it shows itself as. */
    Chip chip();

    /** What its PTIMER says. */
    long timerNanos();

    /** Lets its PTIMER go on from a time by another clock, so that the same accesses give the same times again. */
    void useClock(LongSupplier clock, long timerNanos);

    /** Lets it draw its secrets from there, so that the same accesses give the same secrets again. */
    void useRandom(RandomGenerator generator);
}
