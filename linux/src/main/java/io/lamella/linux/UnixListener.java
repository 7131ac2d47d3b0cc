// SPDX-License-Identifier: Apache-2.0
package io.lamella.linux;

import static io.lamella.linux.Constants.SHUT_RDWR;
import static io.lamella.linux.Constants.SOCKADDR_UN_SIZEOF;
import static io.lamella.linux.Constants.SOCK_CLOEXEC;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A Unix socket that others connect to, by a path that only those can use who are to. */
public final class UnixListener implements AutoCloseable {
    private final Fd fd;
    private final Path path;
    private final Object inode;

    private UnixListener(Fd fd, Path path, Object inode) {
        this.fd = fd;
        this.path = path;
        this.inode = inode;
    }

    /**
     * Listens at {@code path}, for this user (mode 0600). A socket file that a dead process left there is replaced; one that somebody answers at is not, nor is
     * any other file.
     *
     * @throws LinuxException EADDRINUSE if the path is taken
     */
    public static UnixListener bind(Path path, int backlog) {
        return bind(path, backlog, SocketAccess.OWNER);
    }

    /**
     * The same for others too.
     *
     * @throws LinuxException EADDRINUSE if the path is taken
     * @throws UncheckedIOException if the path cannot be given to the group, as a sentence
     */
    public static UnixListener bind(Path path, int backlog, SocketAccess access) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment address = UnixSocket.address(path, arena);
            Fd fd = UnixSocket.create();
            try {
                int result = Libc.bind(fd.number(), address, SOCKADDR_UN_SIZEOF);
                if (result == -Errno.EADDRINUSE.number() && isStale(path)) {
                    Files.deleteIfExists(path);
                    result = Libc.bind(fd.number(), address, SOCKADDR_UN_SIZEOF);
                }
                LinuxException.check(result, "Cannot listen at " + path);
                try {
                    // Nobody can connect before listen, so there is no moment at which others could.
                    access.applyToSocket(path);
                    LinuxException.check(Libc.listen(fd.number(), backlog), "Cannot listen at " + path);
                    return new UnixListener(fd, path, inode(path));
                } catch (IOException | RuntimeException | Error e) {
                    Files.deleteIfExists(path);
                    throw e;
                }
            } catch (IOException e) {
                fd.close();
                throw new UncheckedIOException("Cannot listen at " + path + ": " + e.getMessage(), e);
            } catch (RuntimeException | Error e) {
                fd.close();
                throw e;
            }
        }
    }

    private static Object inode(Path path) throws IOException {
        return Objects.requireNonNull(attributes(path).fileKey());
    }

    private static BasicFileAttributes attributes(Path path) throws IOException {
        return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    }

    private static boolean isStale(Path path) throws IOException {
        if (!attributes(path).isOther()) {
            return false;
        }
        try {
            // Without waiting: a listener that is busy has its queue full, and is alive.
            UnixSocket.connectNow(path).close();
            return false;
        } catch (LinuxException e) {
            return e.is(Errno.ECONNREFUSED);
        }
    }

    /** Its descriptor; it stays this object's own. */
    public Fd fd() {
        return fd;
    }

    public Path path() {
        return path;
    }

    /** Waits for the next client; null once it is closed. */
    public @Nullable UnixSocket accept() {
        while (fd.tryEnter()) {
            int accepted;
            try {
                accepted = Libc.accept(fd.rawNumber(), SOCK_CLOEXEC);
            } finally {
                fd.exit();
            }
            if (accepted >= 0) {
                return new UnixSocket(Fd.own(accepted));
            }
            if (!fd.isOpen()) {
                return null;
            }
            if (accepted != -Errno.EINTR.number() && accepted != -Errno.ECONNABORTED.number()) {
                throw new LinuxException("Cannot accept a client at " + path, -accepted);
            }
        }
        return null;
    }

    /** Stops listening, wakes the thread that waits, and removes the path if it is still this listener's. */
    @Override
    public void close() {
        if (!fd.tryEnter()) {
            return;
        }
        try {
            fd.close();
            int _ = Libc.shutdown(fd.rawNumber(), SHUT_RDWR);
            if (inode(path).equals(inode)) {
                Files.deleteIfExists(path);
            }
        } catch (IOException e) {
            // Somebody removed the path already, or its folder.
            return;
        } finally {
            fd.exit();
        }
    }
}
