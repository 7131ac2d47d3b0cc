// SPDX-License-Identifier: Apache-2.0
package io.lamella.daemon.http;

import java.io.IOException;
import java.net.ConnectException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import org.jspecify.annotations.Nullable;

/**
 * The file of a listening Unix socket. The socket is bound under a hidden name, given its permissions and group, and only then moved to
 * where clients look, in one step: nobody ever meets it open to others, and a socket that a killed daemon left is replaced.
 */
final class SocketFile {
    /** Size of sun_path, with its closing zero. */
    private static final int LIMIT_BYTES = 108;

    private final UnixEndpoint endpoint;
    private final Path hidden;
    private @Nullable Object key;

    /** @throws IOException if somebody listens there, or it is no socket, or the path is too long */
    SocketFile(UnixEndpoint endpoint) throws IOException {
        this.endpoint = endpoint;
        Path path = endpoint.path().toAbsolutePath();
        Path parent = path.getParent();
        if (parent == null || !Files.isDirectory(parent)) {
            throw new IOException("The directory of the socket " + path + " is not there; make it first.");
        }
        this.hidden = parent.resolve(
                ".api-" + ProcessHandle.current().pid() + "-" + Long.toHexString(System.nanoTime() & 0xffffff));
        for (Path each : new Path[] {path, hidden}) {
            if (each.toString().getBytes(StandardCharsets.UTF_8).length >= LIMIT_BYTES) {
                throw new IOException("The path of the socket " + each + " has "
                        + each.toString().length() + " characters; Linux takes " + (LIMIT_BYTES - 1)
                        + " at most. Choose a shorter one.");
            }
        }
        requireFree(path);
    }

    private static void requireFree(Path path) throws IOException {
        if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        if (!Files.readAttributes(path, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                .isOther()) {
            throw new IOException(path + " is there and is no socket; choose another path.");
        }
        try (SocketChannel _ = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
            // Somebody answers.
        } catch (ConnectException e) {
            // Nobody listens: a daemon that was killed left it.
            return;
        }
        throw new IOException("Another daemon answers at " + path + "; stop it, or choose another path.");
    }

    /** Where to bind. */
    Path hidden() {
        return hidden;
    }

    /** Once it is bound: makes it known. */
    void publish() throws IOException {
        PosixFileAttributeView view = Files.getFileAttributeView(hidden, PosixFileAttributeView.class);
        String group = endpoint.group();
        if (group != null) {
            try {
                view.setGroup(
                        hidden.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByGroupName(group));
            } catch (IOException | UnsupportedOperationException e) {
                throw new IOException(
                        "The socket cannot be given to the group " + group
                                + "; there must be such a group, and this user must be in it or be root.",
                        e);
            }
        }
        view.setPermissions(PosixFilePermissions.fromString(endpoint.mode()));
        key = Files.readAttributes(hidden, PosixFileAttributes.class).fileKey();
        Files.move(hidden, endpoint.path(), StandardCopyOption.ATOMIC_MOVE);
    }

    /** Removes it, if it is still this one. */
    void remove() throws IOException {
        Files.deleteIfExists(hidden);
        Path path = endpoint.path();
        if (key != null
                && Files.exists(path, LinkOption.NOFOLLOW_LINKS)
                && key.equals(Files.readAttributes(path, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                        .fileKey())) {
            Files.delete(path);
        }
    }
}
