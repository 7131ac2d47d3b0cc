// SPDX-License-Identifier: Apache-2.0
package io.lamella.daemon;

import java.nio.file.Path;
import java.util.Map;

/**
 * Where things are unless somebody says otherwise: root's in the system's places, other users' in their own.
 *
 * @param socket of the API
 * @param stateDirectory of the desired state
 * @param runtimeDirectory of the vGPUs' sockets
 */
public record DefaultPaths(Path socket, Path stateDirectory, Path runtimeDirectory) {
    /** Names the socket for clients and daemon alike. */
    public static final String SOCKET_VARIABLE = "LAMELLA_SOCKET";

    /** This user's. */
    public static DefaultPaths ofUser() {
        return of(
                System.getenv(), "root".equals(System.getProperty("user.name")), System.getProperty("user.home", "/"));
    }

    static DefaultPaths of(Map<String, String> environment, boolean root, String home) {
        Path run;
        Path state;
        if (root) {
            run = Path.of("/run/lamella");
            state = Path.of("/var/lib/lamella");
        } else {
            String xdgRun = environment.getOrDefault("XDG_RUNTIME_DIR", "");
            String xdgState = environment.getOrDefault("XDG_STATE_HOME", "");
            run = xdgRun.startsWith("/") ? Path.of(xdgRun, "lamella") : Path.of(home, ".cache", "lamella", "run");
            state = xdgState.startsWith("/")
                    ? Path.of(xdgState, "lamella")
                    : Path.of(home, ".local", "state", "lamella");
        }
        String socket = environment.getOrDefault(SOCKET_VARIABLE, "");
        return new DefaultPaths(
                socket.isBlank() ? run.resolve("api.sock") : Path.of(socket), state, run.resolve("vgpus"));
    }
}
