// SPDX-License-Identifier: Apache-2.0
package io.lamella.linux;

import static io.lamella.linux.Constants.AT_EMPTY_PATH;
import static io.lamella.linux.Constants.F_DUPFD_CLOEXEC;
import static io.lamella.linux.Constants.F_GETFL;
import static io.lamella.linux.Constants.F_GET_SEALS;
import static io.lamella.linux.Constants.F_SEAL_SHRINK;
import static io.lamella.linux.Constants.F_SETFL;
import static io.lamella.linux.Constants.O_ACCMODE;
import static io.lamella.linux.Constants.O_NONBLOCK;
import static io.lamella.linux.Constants.O_RDONLY;
import static io.lamella.linux.Constants.O_WRONLY;
import static io.lamella.linux.Constants.STATFS_SIZEOF;
import static io.lamella.linux.Constants.STATX_BASIC_STATS;
import static io.lamella.linux.Constants.STATX_SIZEOF;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * An owned file descriptor. It is closed once, however often {@link #close} is called, and its number cannot be reused while a call on it
 * is still under way in another thread: the last one out closes it. So a late write never lands in somebody else's file.
 */
public final class Fd implements AutoCloseable {
    private static final int CLOSED = 1 << 31;

    private final int number;
    // The sign bit: closed by its owner. The rest: calls under way.
    private final AtomicInteger state = new AtomicInteger();

    private Fd(int number) {
        this.number = number;
    }

    /** Takes a descriptor over. */
    public static Fd own(int number) {
        if (number < 0) {
            throw new IllegalArgumentException("Descriptor " + number + " is negative.");
        }
        return new Fd(number);
    }

    /** A new descriptor, closed on exec, for what {@code number} refers to; {@code number} stays its owner's. */
    public static Fd duplicateOf(int number) {
        return own(
                LinuxException.check(Libc.fcntl(number, F_DUPFD_CLOEXEC, 0), "Cannot duplicate descriptor " + number));
    }

    /** A new descriptor for the same thing. */
    public Fd duplicate() {
        int open = enter();
        try {
            return duplicateOf(open);
        } finally {
            exit();
        }
    }

    /** The number, for calls and interfaces that take one. @throws IllegalStateException if it is closed */
    public int number() {
        if (!isOpen()) {
            throw new IllegalStateException("Descriptor " + number + " is closed.");
        }
        return number;
    }

    public boolean isOpen() {
        return state.get() >= 0;
    }

    /** What it refers to, and how large that is. */
    public FileStatus status() {
        int open = enter();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment status = arena.allocate(STATX_SIZEOF, 8);
            LinuxException.check(
                    Libc.statx(open, arena.allocateFrom(""), AT_EMPTY_PATH, STATX_BASIC_STATS, status),
                    "Cannot look at descriptor " + open);
            return FileStatus.of(status);
        } finally {
            exit();
        }
    }

    /** Where the file lives that it refers to. */
    public FileSystem fileSystem() {
        int open = enter();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment status = arena.allocate(STATFS_SIZEOF, 8);
            LinuxException.check(
                    Libc.fstatfs(open, status), "Cannot tell on what file system descriptor " + open + " is");
            return FileSystem.of((int) status.get(ValueLayout.JAVA_LONG, 0));
        } finally {
            exit();
        }
    }

    /** Whether it was opened for reading. */
    public boolean isReadable() {
        return (statusFlags() & O_ACCMODE) != O_WRONLY;
    }

    /** Whether it was opened for writing. */
    public boolean isWritable() {
        return (statusFlags() & O_ACCMODE) != O_RDONLY;
    }

    /** Whether calls on it return EAGAIN instead of waiting; shared by all duplicates. */
    public boolean isNonBlocking() {
        return (statusFlags() & O_NONBLOCK) != 0;
    }

    public void setNonBlocking(boolean nonBlocking) {
        int flags = statusFlags();
        int open = enter();
        try {
            LinuxException.check(
                    Libc.fcntl(open, F_SETFL, nonBlocking ? flags | O_NONBLOCK : flags & ~O_NONBLOCK),
                    "Cannot change the flags of descriptor " + open);
        } finally {
            exit();
        }
    }

    private int statusFlags() {
        int open = enter();
        try {
            return LinuxException.check(Libc.fcntl(open, F_GETFL, 0), "Cannot read the flags of descriptor " + open);
        } finally {
            exit();
        }
    }

    /** Whether the file can never get smaller, so that mapped memory of it never faults. False where seals do not exist. */
    public boolean isSealedAgainstShrinking() {
        int open = enter();
        try {
            int seals = Libc.fcntl(open, F_GET_SEALS, 0);
            return seals >= 0 && (seals & F_SEAL_SHRINK) != 0;
        } finally {
            exit();
        }
    }

    /** What {@code /proc/self/fd} says that it is, such as {@code anon_inode:[eventfd]} or a path. */
    public String description() {
        int open = enter();
        try {
            return Files.readSymbolicLink(Path.of("/proc/self/fd/" + open)).toString();
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot tell what descriptor " + open + " is.", e);
        } finally {
            exit();
        }
    }

    /** Closes it, or leaves that to the last call under way. */
    @Override
    public void close() {
        int before = state.getAndUpdate(now -> now | CLOSED);
        if (before == 0) {
            Libc.close(number);
        }
    }

    /** Begins a call; the number stays valid until {@link #exit}. */
    int enter() {
        if (!tryEnter()) {
            throw new LinuxException("Cannot use descriptor " + number, Errno.EBADF);
        }
        return number;
    }

    /** The same, false if it is closed. */
    boolean tryEnter() {
        int now;
        do {
            now = state.get();
            if (now < 0) {
                return false;
            }
        } while (!state.compareAndSet(now, now + 1));
        return true;
    }

    /** Begins a call while another one is under way, so that the number is valid even if it has been closed; false if there is none. */
    boolean tryJoin() {
        int now;
        do {
            now = state.get();
            if ((now & ~CLOSED) == 0) {
                return false;
            }
        } while (!state.compareAndSet(now, now + 1));
        return true;
    }

    /** The number between {@link #tryEnter} and {@link #exit}. */
    int rawNumber() {
        return number;
    }

    void exit() {
        if (state.decrementAndGet() == CLOSED) {
            Libc.close(number);
        }
    }

    /** How many calls are under way. */
    int users() {
        return state.get() & ~CLOSED;
    }

    @Override
    public String toString() {
        return "descriptor " + number + (isOpen() ? "" : " (closed)");
    }
}
