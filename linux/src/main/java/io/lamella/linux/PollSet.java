// SPDX-License-Identifier: Apache-2.0
package io.lamella.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** A fixed number of places for descriptors to wait on; one thread's. Waiting allocates nothing. */
public final class PollSet {
    private final int capacity;
    private final MemorySegment entries;

    /** All places empty. */
    public PollSet(int capacity) {
        this.capacity = capacity;
        this.entries = Arena.ofAuto().allocate((long) capacity * Constants.POLLFD_SIZEOF, 8);
        for (int i = 0; i < capacity; i++) {
            clear(i);
        }
    }

    /** Waits for something to read in this place. The descriptor must stay open while it is here. */
    public void setReadable(int place, Fd fd) {
        set(place, fd.number(), Constants.POLLIN);
    }

    /** Waits for room to write in this place. */
    public void setWritable(int place, Fd fd) {
        set(place, fd.number(), Constants.POLLOUT);
    }

    /** Empties a place. */
    public void clear(int place) {
        set(place, -1, 0);
    }

    private void set(int place, int number, int events) {
        long at = (long) place * Constants.POLLFD_SIZEOF;
        entries.set(JAVA_INT, at, number);
        entries.set(JAVA_SHORT, at + Constants.POLLFD_EVENTS, (short) events);
        entries.set(JAVA_SHORT, at + Constants.POLLFD_REVENTS, (short) 0);
    }

    /**
     * Waits for one place or more.
     *
     * @param timeoutMillis -1 for ever
     * @return how many are ready, 0 when the time is over
     */
    public int await(int timeoutMillis) {
        int ready = Libc.poll(entries, capacity, timeoutMillis);
        if (ready == -Errno.EINTR.number()) {
            return 0;
        }
        if (ready < 0) {
            throw new LinuxException("Cannot wait for " + capacity + " descriptors", -ready);
        }
        return ready;
    }

    /** Whether the last wait found this place ready, its other end gone counted. */
    public boolean isReady(int place) {
        return entries.get(JAVA_SHORT, (long) place * Constants.POLLFD_SIZEOF + Constants.POLLFD_REVENTS) != 0;
    }
}
