// SPDX-License-Identifier: Apache-2.0
package io.lamella.daemon.http;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A Unix socket to listen at.
 *
 * @param path of the socket; its directory must be there
 * @param mode file permissions, such as {@code rw-rw----}
 * @param group that the socket is given to, or null for this process's own
 * @param inherited whether the socket that systemd opened as standard input is taken instead, if there is one
 */
public record UnixEndpoint(Path path, String mode, @Nullable String group, boolean inherited) {
    public UnixEndpoint(Path path) {
        this(path, "rw-rw----", null, false);
    }
}
