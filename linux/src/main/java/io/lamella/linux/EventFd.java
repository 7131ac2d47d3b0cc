// SPDX-License-Identifier: Apache-2.0
package io.lamella.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicLong;

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
    private final MemorySegment counterVector;
    // Of the thread that calls freeStuck.
    private final MemorySegment watchPoll;
    // How many calls of signal have ended. Threads may overwrite each other's step; all that counts is whether it
    // moves.
    private final AtomicLong ended = new AtomicLong();
    // Of the thread that calls freeStuck.
    private long endedBefore = -1;

    private EventFd(Fd fd) {
        this.fd = fd;
        MemorySegment buffers = Arena.ofAuto().allocate(32 + Constants.IOVEC_SIZEOF, 8);
        this.writePoll = buffers.asSlice(0, 8);
        this.readPoll = buffers.asSlice(8, 8);
        this.counter = buffers.asSlice(16, 8);
        this.counterVector = buffers.asSlice(24, Constants.IOVEC_SIZEOF);
        this.watchPoll = buffers.asSlice(24 + Constants.IOVEC_SIZEOF, 8);
        counterVector.set(JAVA_LONG, 0, counter.address());
        counterVector.set(JAVA_LONG, Constants.IOVEC_LEN, 8);
        writePoll.set(JAVA_INT, 0, fd.rawNumber());
        writePoll.set(JAVA_SHORT, Constants.POLLFD_EVENTS, (short) Constants.POLLOUT);
        watchPoll.set(JAVA_INT, 0, fd.rawNumber());
        watchPoll.set(JAVA_SHORT, Constants.POLLFD_EVENTS, (short) Constants.POLLOUT);
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
            ended.setOpaque(ended.getPlain() + 1);
            fd.exit();
        }
    }

    /** Takes the counter back to 0 without waiting. @return whether it was raised */
    public boolean drain() {
        if (!fd.tryEnter()) {
            return false;
        }
        try {
            return readNow();
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

    private boolean readNow() {
        long got = Libc.readNow(fd.rawNumber(), counterVector, 1);
        if (got == -Errno.EOPNOTSUPP.number()) {
            // Kernels before 5.10. Another reader may come between these two, and this one then waits for the next
            // signal.
            got = Libc.pollNow(readPoll, 1) == 1 ? Libc.read(fd.rawNumber(), counter, 8) : 0;
        }
        return got == 8;
    }

    /**
     * For one watching thread, every now and then. The holder of the other descriptor may fill the counter between a signaller's look at it
     * and its write, and then the write waits. If one call of {@link #signal} has been under way since the last time and the counter is
     * full, this takes the counter back to 0, which lets it go on. A call that is only slow, on a busy machine, is left alone. Never waits, and works after {@link #close} too, while a call is under way.
     *
     * @return whether a signaller was stuck
     */
    public boolean freeStuck() {
        long now = ended.get();
        boolean busy = fd.users() > 0;
        boolean stuck = busy && now == endedBefore;
        endedBefore = busy ? now : -1;
        if (!stuck || !fd.tryJoin()) {
            return false;
        }
        try {
            if (Libc.pollNow(watchPoll, 1) == 1
                    && (watchPoll.get(JAVA_SHORT, Constants.POLLFD_REVENTS) & Constants.POLLOUT) != 0) {
                return false;
            }
            boolean _ = readNow();
        } finally {
            fd.exit();
        }
        return true;
    }

    /** Whether a call on it is under way in some thread. */
    public boolean isInUse() {
        return fd.users() > 0;
    }

    /** Closes it, or leaves that to the last call under way. */
    @Override
    public void close() {
        fd.close();
    }
}
