// SPDX-License-Identifier: Apache-2.0
package io.lamella.linux;

import static io.lamella.linux.Constants.AF_UNIX;
import static io.lamella.linux.Constants.SHUT_RDWR;
import static io.lamella.linux.Constants.SHUT_WR;
import static io.lamella.linux.Constants.SOCKADDR_UN_PATH;
import static io.lamella.linux.Constants.SOCKADDR_UN_SIZEOF;
import static io.lamella.linux.Constants.SOCK_CLOEXEC;
import static io.lamella.linux.Constants.SOCK_STREAM;
import static io.lamella.linux.Constants.SOL_SOCKET;
import static io.lamella.linux.Constants.SO_PEERCRED;
import static io.lamella.linux.Constants.SO_RCVTIMEO;
import static io.lamella.linux.Constants.SO_SNDTIMEO;
import static io.lamella.linux.Constants.UCRED_SIZEOF;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** A connected Unix stream socket. Reading and writing are {@link MessageReceiver}'s and {@link MessageSender}'s. */
public final class UnixSocket implements AutoCloseable {
    /** Paths must be shorter than this many bytes. */
    public static final int PATH_LIMIT_BYTES = 108;

    /** Who is at the other end, as of connecting. */
    public record Peer(int pid, int uid, int gid) {}

    /** Two sockets connected to each other. */
    public record Pair(UnixSocket first, UnixSocket second) {}

    private final Fd fd;

    UnixSocket(Fd fd) {
        this.fd = fd;
    }

    /** Takes a descriptor over, whether it succeeds or not. @throws LinuxException ENOTSOCK if it is no socket */
    public static UnixSocket adopt(Fd fd) {
        try {
            if (fd.status().kind() != FileStatus.Kind.SOCKET) {
                throw new LinuxException("Cannot take " + fd + " for a socket", Errno.ENOTSOCK);
            }
            return new UnixSocket(fd);
        } catch (RuntimeException | Error e) {
            fd.close();
            throw e;
        }
    }

    /** Connects to a listener, and waits for room in its queue of clients as long as it takes. */
    public static UnixSocket connect(Path path) {
        return connect(path, 0);
    }

    /** The same for at most {@code timeoutMillis}, 0 for no limit. @throws LinuxException EAGAIN if there was no room in time */
    public static UnixSocket connect(Path path, long timeoutMillis) {
        UnixSocket socket = new UnixSocket(create());
        try {
            // This limit is what connecting obeys as well; it stays the socket's.
            socket.setSendTimeout(timeoutMillis);
            return socket.connected(path);
        } catch (RuntimeException | Error e) {
            socket.close();
            throw e;
        }
    }

    /** The same without waiting; good for nothing but to see whether somebody listens. */
    static UnixSocket connectNow(Path path) {
        UnixSocket socket = new UnixSocket(create());
        try {
            socket.fd.setNonBlocking(true);
            return socket.connected(path);
        } catch (RuntimeException | Error e) {
            socket.close();
            throw e;
        }
    }

    private UnixSocket connected(Path path) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment address = address(path, arena);
            LinuxException.check(Libc.connect(fd.number(), address, SOCKADDR_UN_SIZEOF), "Cannot connect to " + path);
            return this;
        }
    }

    public static Pair pair() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment two = arena.allocate(8, 4);
            LinuxException.check(
                    Libc.socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, two), "Cannot create a pair of sockets");
            return new Pair(new UnixSocket(Fd.own(two.get(JAVA_INT, 0))), new UnixSocket(Fd.own(two.get(JAVA_INT, 4))));
        }
    }

    static Fd create() {
        return Fd.own(LinuxException.check(Libc.socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC), "Cannot create a socket"));
    }

    static MemorySegment address(Path path, Arena arena) {
        byte[] bytes = path.toString().getBytes(StandardCharsets.UTF_8);
        if (bytes.length == 0 || bytes.length >= PATH_LIMIT_BYTES) {
            throw new LinuxException(
                    "Cannot use the socket path \"" + path + "\" of " + bytes.length
                            + " bytes: Unix sockets take 1 to 107; choose a shorter folder",
                    Errno.ENAMETOOLONG);
        }
        MemorySegment address = arena.allocate(SOCKADDR_UN_SIZEOF + 2L, 8);
        address.set(JAVA_SHORT, 0, (short) AF_UNIX);
        MemorySegment.copy(bytes, 0, address, JAVA_BYTE, SOCKADDR_UN_PATH, bytes.length);
        return address;
    }

    /** Its descriptor; it stays this object's own. */
    public Fd fd() {
        return fd;
    }

    public Peer peer() {
        int number = fd.enter();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment credentials = arena.allocate(UCRED_SIZEOF, 4);
            MemorySegment length = arena.allocateFrom(JAVA_INT, UCRED_SIZEOF);
            LinuxException.check(
                    Libc.getsockopt(number, SOL_SOCKET, SO_PEERCRED, credentials, length),
                    "Cannot tell who is at the other end of " + fd);
            return new Peer(
                    credentials.get(JAVA_INT, 0),
                    credentials.get(JAVA_INT, Constants.UCRED_UID),
                    credentials.get(JAVA_INT, Constants.UCRED_GID));
        } finally {
            fd.exit();
        }
    }

    /** After this long without a byte, receiving returns -EAGAIN. 0 waits for ever. */
    public void setReceiveTimeout(long millis) {
        setTimeout(SO_RCVTIMEO, millis);
    }

    /** After this long without room for a byte, sending returns -EAGAIN or what it could send. 0 waits for ever. */
    public void setSendTimeout(long millis) {
        setTimeout(SO_SNDTIMEO, millis);
    }

    private void setTimeout(int option, long millis) {
        int number = fd.enter();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment timeout = arena.allocate(Constants.TIMEVAL_SIZEOF, 8);
            timeout.set(JAVA_LONG, 0, millis / 1000);
            timeout.set(JAVA_LONG, Constants.TIMEVAL_USEC, millis % 1000 * 1000);
            LinuxException.check(
                    Libc.setsockopt(number, SOL_SOCKET, option, timeout, Constants.TIMEVAL_SIZEOF),
                    "Cannot set a time limit on " + fd);
        } finally {
            fd.exit();
        }
    }

    /** Asks for buffers of this size towards the other end; the system has its own limit. */
    public void setSendBuffer(int sizeBytes) {
        int number = fd.enter();
        try (Arena arena = Arena.ofConfined()) {
            LinuxException.check(
                    Libc.setsockopt(
                            number, SOL_SOCKET, Constants.SO_SNDBUF, arena.allocateFrom(JAVA_INT, sizeBytes), 4),
                    "Cannot set the send buffer of " + fd);
        } finally {
            fd.exit();
        }
    }

    /** Tells the other end that nothing more comes; receiving goes on. */
    public void shutdownWrite() {
        shutdown(SHUT_WR);
    }

    /** Ends both directions and wakes every thread that waits in a call on this socket. */
    public void shutdown() {
        shutdown(SHUT_RDWR);
    }

    private void shutdown(int how) {
        if (fd.tryEnter()) {
            try {
                // Fails only if the connection is gone already, which is what it is for.
                int _ = Libc.shutdown(fd.rawNumber(), how);
            } finally {
                fd.exit();
            }
        }
    }

    @Override
    public void close() {
        fd.close();
    }
}
