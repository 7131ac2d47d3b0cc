// SPDX-License-Identifier: Apache-2.0
package io.lamella.cli.node;

import io.lamella.daemon.client.ApiException;
import io.lamella.daemon.client.DaemonClient;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** A command that asks a daemon. */
abstract class NodeCommand implements Callable<Integer> {
    @Mixin
    private DaemonSocket socket = new DaemonSocket();

    @Spec
    private @Nullable CommandSpec spec;

    /**
     * Does the work.
     *
     * @return the exit code
     * @throws ApiException if the daemon refuses
     * @throws UncheckedIOException if the daemon is not there
     */
    abstract int run(DaemonClient daemon) throws Exception;

    @Override
    public final Integer call() throws Exception {
        return DaemonCall.run(socket.path(), out(), err(), this::run);
    }

    final PrintWriter out() {
        return Objects.requireNonNull(spec).commandLine().getOut();
    }

    final PrintWriter err() {
        return Objects.requireNonNull(spec).commandLine().getErr();
    }

    /** What the command line says wrongly. */
    final ParameterException wrong(String sentence) {
        return new ParameterException(Objects.requireNonNull(spec).commandLine(), sentence);
    }
}
