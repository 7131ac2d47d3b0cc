// SPDX-License-Identifier: Apache-2.0
package io.lamella.host;

import io.lamella.linux.SocketAccess;
import java.io.IOException;
import java.net.ConnectException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Where the sockets are: a directory that nobody but this user, and the group that may use them if there is one, may enter.
 *
 * <p>Unless it is told where, a host takes a directory of its own, with its process id in the name, in {@code
 * $XDG_RUNTIME_DIR/lamella}, else, for root, in {@code /run/lamella}, else in the folder for temporary files. Those that a killed
 * process left are removed.
 */
final class RuntimeDirectory implements AutoCloseable {
    private static final Set<PosixFilePermission> PRIVATE = PosixFilePermissions.fromString("rwx------");
    private static final Set<PosixFilePermission> NO_WRITING_BY_OTHERS = PosixFilePermissions.fromString("rwxr-xr-x");
    private static final Pattern VGPU_SOCKET = Pattern.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\\.sock");
    private static final String PREFIX = "host-";

    private final Path path;
    private final boolean removed;

    private RuntimeDirectory(Path path, boolean removed) {
        this.path = path;
        this.removed = removed;
    }

    /**
     * Makes or takes it.
     *
     * @param wanted the directory to use, or null to choose
     * @param environment variables of this process
     * @param access who may connect; with a group, the directory must be told
     * @throws IOException if it cannot be made, or is not this user's alone
     */
    static RuntimeDirectory open(@Nullable Path wanted, Map<String, String> environment, SocketAccess access)
            throws IOException {
        if (wanted != null) {
            boolean made = make(wanted, access);
            if (made || access.shared()) {
                access.applyToDirectory(wanted);
            }
            removeDeadSockets(wanted);
            return new RuntimeDirectory(wanted, made);
        }
        if (access.shared()) {
            throw new IOException("Sockets that a group may use need a directory that the group can reach; say which.");
        }
        Path base = base(environment);
        if (base == null) {
            return new RuntimeDirectory(
                    Files.createTempDirectory("lamella-", PosixFilePermissions.asFileAttribute(PRIVATE)), true);
        }
        removeAbandoned(base);
        Path own = Files.createTempDirectory(
                base, PREFIX + ProcessHandle.current().pid() + "-", PosixFilePermissions.asFileAttribute(PRIVATE));
        return new RuntimeDirectory(own, true);
    }

    private static @Nullable Path base(Map<String, String> environment) throws IOException {
        String xdg = environment.getOrDefault("XDG_RUNTIME_DIR", "");
        Path parent = null;
        if (!xdg.isBlank() && Path.of(xdg).isAbsolute() && Files.isWritable(Path.of(xdg))) {
            parent = Path.of(xdg);
        } else if ("root".equals(System.getProperty("user.name")) && Files.isWritable(Path.of("/run"))) {
            parent = Path.of("/run");
        }
        if (parent == null) {
            return null;
        }
        Path base = parent.resolve("lamella");
        if (Files.exists(base, LinkOption.NOFOLLOW_LINKS)) {
            // A daemon's, whose API others are to find, is open to them; what is made in it is private all the same.
            return isUsable(base) ? base : null;
        }
        make(base, SocketAccess.OWNER);
        return base;
    }

    /** Whether it is a directory in which nobody but this user or root can put anything in another's place. */
    private static boolean isUsable(Path base) throws IOException {
        if (!Files.isDirectory(base, LinkOption.NOFOLLOW_LINKS)) {
            return false;
        }
        PosixFileAttributes found = Files.readAttributes(base, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        String owner = found.owner().getName();
        return NO_WRITING_BY_OTHERS.containsAll(found.permissions())
                && (owner.equals("root") || owner.equals(System.getProperty("user.name")))
                && Files.isWritable(base);
    }

    /** @return whether it was made now */
    private static boolean make(Path path, SocketAccess access) throws IOException {
        FileAttribute<?> attribute = PosixFilePermissions.asFileAttribute(PRIVATE);
        try {
            Files.createDirectory(path, attribute);
            return true;
        } catch (FileAlreadyExistsException e) {
            PosixFileAttributes found =
                    Files.readAttributes(path, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            if (!found.isDirectory()) {
                throw new IOException(
                        "The sockets' directory " + path + " is a file or a link; give another place.", e);
            }
            if (!access.directoryPermissions().containsAll(found.permissions())) {
                throw new IOException(
                        "The sockets' directory " + path + " is open to others ("
                                + PosixFilePermissions.toString(found.permissions())
                                + "); make it private with chmod 700, or give another place.",
                        e);
            }
            if (!Files.isWritable(path)) {
                throw new IOException(
                        "The sockets' directory " + path + " belongs to "
                                + found.owner().getName() + " and cannot be written; give another place.",
                        e);
            }
            return false;
        }
    }

    private static void removeAbandoned(Path base) throws IOException {
        try (DirectoryStream<Path> old = Files.newDirectoryStream(base, PREFIX + "*")) {
            for (Path directory : old) {
                String[] parts = directory.getFileName().toString().split("-", 3);
                if (parts.length == 3 && parts[1].matches("[0-9]{1,10}") && !isAlive(Long.parseLong(parts[1]))) {
                    remove(directory);
                }
            }
        }
    }

    /** Removes sockets of vGPUs, by their names, at which nobody listens: a process that was killed left them. */
    private static void removeDeadSockets(Path directory) throws IOException {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "*.sock")) {
            for (Path file : files) {
                if (VGPU_SOCKET.matcher(file.getFileName().toString()).matches() && isDead(file)) {
                    Files.deleteIfExists(file);
                }
            }
        }
    }

    private static boolean isDead(Path socket) {
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.connect(UnixDomainSocketAddress.of(socket));
            return false;
        } catch (ConnectException e) {
            return true;
        } catch (IOException | IllegalArgumentException e) {
            // Not a socket, or not ours to judge.
            return false;
        }
    }

    private static boolean isAlive(long pid) {
        return ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false);
    }

    /** Removes sockets and the directory itself; whatever else is in it stays, and so does the directory then. */
    private static void remove(Path directory) throws IOException {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "*.sock*")) {
            for (Path file : files) {
                Files.deleteIfExists(file);
            }
        } catch (NoSuchFileException e) {
            return;
        }
        try {
            Files.deleteIfExists(directory);
        } catch (java.nio.file.DirectoryNotEmptyException e) {
            // Somebody keeps something there; it is theirs.
            return;
        }
    }

    Path path() {
        return path;
    }

    @Override
    public void close() throws IOException {
        if (removed) {
            remove(path);
        }
    }
}
