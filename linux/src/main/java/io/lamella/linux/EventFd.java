// SPDX-License-Identifier: Apache-2.0
package io.lamella.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * An eventfd: a counter that one side raises and another waits for. May be used from any thread. {@link #signal} and {@link #drain} take
 * no lock and allocate nothing.
 */
public final class EventFd implements AutoCloseable {
    private static final String DESCRIPTION = "anon_inode:[eventfd]";
    private static final MemorySegment ONE = one();

    private final Fd fd;
    // Threads that share these write the same things into them.
    private final MemorySegment writePoll;
    private final MemorySegment readPoll;
    private final MemorySegment counter;

    private EventFd(Fd fd) {
        this.fd = fd;
        MemorySegment buffers = Arena.ofAuto().allocate(24, 8);
        this.writePoll = buffers.asSlice(0, 8);
        this.readPoll = buffers.asSlice(8, 8);
        this.counter = buffers.asSlice(16, 8);
        writePoll.set(JAVA_INT, 0, fd.rawNumber());
        writePoll.set(JAVA_SHORT, Constants.POLLFD_EVENTS, (short) Constants.POLLOUT);
        readPoll.set(JAVA_INT, 0, fd.rawNumber());
        readPoll.set(JAVA_SHORT, Constants.POLLFD_EVENTS, (short) Constants.POLLIN);
    }

    private static MemorySegment one() {
        MemorySegment segment = Arena.global().allocate(8, 8);
        segment.set(JAVA_LONG, 0, 1);
        return segment.asReadOnly();
    }

    /** A new one, at 0, whose reads and writes do not wait. */
    public static EventFd create() {
        return new EventFd(Fd.own(LinuxException.check(
                Libc.eventfd(0, Constants.EFD_CLOEXEC | Constants.EFD_NONBLOCK), "Cannot create an eventfd")));
    }

    /** Takes a descriptor over, whether it succeeds or not. @throws LinuxException EINVAL if it is not an eventfd */
    public static EventFd adopt(Fd fd) {
        try {
            if (!fd.description().equals(DESCRIPTION)) {
                throw new LinuxException("Cannot take " + fd + " for an eventfd: it is something else", Errno.EINVAL);
            }
            return new EventFd(fd);
        } catch (RuntimeException | Error e) {
            fd.close();
            throw e;
        }
    }

    /** Its descriptor; it stays this object's own. */
    public Fd fd() {
        return fd;
    }

    /**
     * Raises the counter by one, unless it is closed or its holder has filled it up, so that writing would wait.
     *
     * @return whether it did
     */
    public boolean signal() {
        if (!fd.tryEnter()) {
            return false;
        }
        try {
            return Libc.pollNow(writePoll, 1) == 1
                    && writePoll.get(JAVA_SHORT, Constants.POLLFD_REVENTS) == Constants.POLLOUT
                    && Libc.write(fd.rawNumber(), ONE, 8) == 8;
        } finally {
            fd.exit();
        }
    }

    /** Takes the counter back to 0 without waiting. @return whether it was raised */
    public boolean drain() {
        if (!fd.tryEnter()) {
            return false;
        }
        try {
            return Libc.pollNow(readPoll, 1) == 1 && Libc.read(fd.rawNumber(), counter, 8) == 8;
        } finally {
            fd.exit();
        }
    }

    /** Waits until it is raised, and takes it back to 0. @return false if the time is over first */
    public boolean await(int timeoutMillis) {
        if (!fd.tryEnter()) {
            return false;
        }
        try {
            return Libc.poll(readPoll, 1, timeoutMillis) == 1 && drain();
        } finally {
            fd.exit();
        }
    }

    /** Closes it. A holder that has filled the counter after the look at it makes a signaller wait; this frees that one. */
    @Override
    public void close() {
        boolean stuck = fd.users() > 0;
        if (stuck) {
            drain();
        }
        fd.close();
    }
}
