// SPDX-License-Identifier: Apache-2.0
package io.lamella.cli.node;

import io.lamella.daemon.DefaultPaths;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which daemon a command speaks with. */
public final class DaemonSocket {
    @Option(
            names = "--socket",
            paramLabel = "PATH",
            description = "The daemon's socket (default: $" + DefaultPaths.SOCKET_VARIABLE
                    + ", else /run/lamella/api.sock or the user's own).")
    private @Nullable Path socket;

    public Path path() {
        return socket != null ? socket : DefaultPaths.ofUser().socket();
    }
}
