// SPDX-License-Identifier: Apache-2.0
package io.lamella.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which users may connect to a Unix socket. Everybody else is kept out by the kernel; there is no socket for all.
 *
 * @param shared whether the socket's group may connect (mode 0660), or its owner alone (0600)
 * @param group that the socket is given to, or null for this process's own; only if it is shared
 */
public record SocketAccess(boolean shared, @Nullable String group) {
    /** The owner, and root. */
    public static final SocketAccess OWNER = new SocketAccess(false, null);

    private static final Set<PosixFilePermission> OWNER_FILE = PosixFilePermissions.fromString("rw-------");
    private static final Set<PosixFilePermission> SHARED_FILE = PosixFilePermissions.fromString("rw-rw----");
    private static final Set<PosixFilePermission> OWNER_DIRECTORY = PosixFilePermissions.fromString("rwx------");
    private static final Set<PosixFilePermission> SHARED_DIRECTORY = PosixFilePermissions.fromString("rwxr-x---");

    /** @throws IllegalArgumentException if there is a group that may not connect */
    public SocketAccess {
        if (group != null && !shared) {
            throw new IllegalArgumentException(
                    "The socket is for its owner alone (0600), so a group is of no use; take mode 0660.");
        }
    }

    /** The most that a directory of such sockets may allow. */
    public Set<PosixFilePermission> directoryPermissions() {
        return shared ? SHARED_DIRECTORY : OWNER_DIRECTORY;
    }

    /** Gives a socket that nobody can connect to yet its group and permissions. @throws IOException as a sentence, if it cannot */
    void applyToSocket(Path socket) throws IOException {
        apply(socket, OWNER_FILE, SHARED_FILE);
    }

    /** Gives a directory of such sockets its group and permissions. @throws IOException as a sentence, if it cannot */
    public void applyToDirectory(Path directory) throws IOException {
        apply(directory, OWNER_DIRECTORY, SHARED_DIRECTORY);
    }

    // Closed before it changes hands: the group that it had before is never let in.
    private void apply(Path path, Set<PosixFilePermission> closed, Set<PosixFilePermission> open) throws IOException {
        PosixFileAttributeView view =
                Files.getFileAttributeView(path, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
        Files.setPosixFilePermissions(path, closed);
        if (group != null) {
            try {
                view.setGroup(
                        path.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByGroupName(group));
            } catch (IOException | UnsupportedOperationException e) {
                throw new IOException(
                        path + " cannot be given to the group " + group
                                + "; there must be such a group, and this user must be in it or be root.",
                        e);
            }
        }
        if (shared) {
            Files.setPosixFilePermissions(path, open);
        }
    }
}
