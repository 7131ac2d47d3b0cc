// SPDX-License-Identifier: Apache-2.0
package io.lamella.cli.node;

import io.lamella.cli.ExitCode;
import io.lamella.daemon.client.ApiException;
import io.lamella.daemon.client.DaemonClient;
import io.lamella.daemon.http.Violation;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Objects;

/** Speaking with a daemon from the command line: what a refusal, or its absence, looks like. */
public final class DaemonCall {
    private DaemonCall() {}

    /** What to do with a daemon. */
    public interface Work {
        /** @return the exit code */
        int run(DaemonClient daemon) throws Exception;
    }

    /**
     * Connects and works.
     *
     * @return the work's exit code; 1 if the daemon refuses, 69 if it is not there, with the sentence on {@code err}
     */
    public static int run(Path socket, PrintWriter out, PrintWriter err, Work work) throws Exception {
        try (DaemonClient daemon = DaemonClient.connect(socket)) {
            return work.run(daemon);
        } catch (ApiException e) {
            err.println("lamella: " + e.getMessage());
            for (Violation violation : e.problem().problems()) {
                err.println("  " + violation.path() + ": " + violation.message());
            }
            return ExitCode.FAILED;
        } catch (UncheckedIOException e) {
            err.println(
                    "lamella: " + Objects.requireNonNullElse(e.getCause(), e).getMessage());
            return ExitCode.UNAVAILABLE;
        } finally {
            out.flush();
            err.flush();
        }
    }
}
