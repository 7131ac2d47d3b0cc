// SPDX-License-Identifier: Apache-2.0
package io.lamella.cli.node;

import io.lamella.cli.ExitCode;
import io.lamella.cli.Terminal;
import io.lamella.daemon.client.DaemonClient;
import io.lamella.daemon.client.EventStream;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import picocli.CommandLine.Option;

/** A command that shows something, once or again and again. */
abstract class ViewCommand extends NodeCommand {
    private static final String CLEAR_SCREEN = "\u001b[H\u001b[2J";
    private static final long PAUSE_MILLIS = 250;

    @Option(names = "-o", paramLabel = "FORMAT", description = "${COMPLETION-CANDIDATES} (default: table).")
    private ListFormat format = ListFormat.table;

    @Option(names = "--watch", description = "Show it again after every event, until Ctrl-C.")
    private boolean watch;

    /**
     * What is shown.
     *
     * @param document as the API answers it
     * @param lines the same for people
     */
    record View(Object document, List<String> lines) {}

    /** @param wide whether columns may be many */
    abstract View view(DaemonClient daemon, boolean wide);

    @Override
    final int run(DaemonClient daemon) throws InterruptedException {
        if (!watch) {
            print(daemon);
            return ExitCode.OK;
        }
        try (EventStream events = daemon.watch(OptionalLong.empty(), Map.of())) {
            do {
                if (Terminal.isInteractive()) {
                    out().print(CLEAR_SCREEN);
                }
                print(daemon);
                out().flush();
                Thread.sleep(PAUSE_MILLIS);
            } while (events.next() != null);
        }
        err().println("lamella: the daemon stopped.");
        return ExitCode.UNAVAILABLE;
    }

    private void print(DaemonClient daemon) {
        View view = view(daemon, format == ListFormat.wide);
        format.print(out(), view.document, view.lines);
    }
}
