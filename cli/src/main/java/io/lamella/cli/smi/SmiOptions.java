// SPDX-License-Identifier: Apache-2.0
package io.lamella.cli.smi;

import io.lamella.cli.ExitCode;
import io.lamella.cli.node.DaemonCall;
import io.lamella.cli.node.DaemonSocket;
import io.lamella.daemon.client.DaemonClient;
import java.io.PrintWriter;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** What both commands take, and how they show something once or again and again. */
final class SmiOptions {
    static final String VERSION = "lamella smi 0.1.0 (shows Lamella's vGPUs; not NVIDIA's nvidia-smi)";

    /** Over how long utilisation is measured where nobody says otherwise. */
    private static final long MEASURE_MILLIS = 250;

    private static final int LONGEST_SECONDS = 86_400;

    @Option(
            names = {"-i", "--id"},
            paramLabel = "GPU",
            description = "Only this GPU: its index, name, UUID or bus address.")
    private @Nullable String gpu;

    @Option(
            names = {"-l", "--loop"},
            paramLabel = "SECONDS",
            description = "Show it again after so many seconds, until Ctrl-C.")
    private @Nullable Integer loopSeconds;

    @Option(names = "--count", paramLabel = "N", description = "Show it so many times, then end.")
    private @Nullable Integer count;

    @Mixin
    private DaemonSocket socket = new DaemonSocket();

    @Spec(Spec.Target.MIXEE)
    private @Nullable CommandSpec spec;

    /** A wrong word on the command line. */
    int wrong(String sentence) {
        err().println("lamella: " + sentence);
        err().flush();
        return ExitCode.USAGE;
    }

    PrintWriter out() {
        return Objects.requireNonNull(spec).commandLine().getOut();
    }

    private PrintWriter err() {
        return Objects.requireNonNull(spec).commandLine().getErr();
    }

    /**
     * Shows something.
     *
     * @param with what to read
     * @param rollSeconds how often if nobody says; null for once
     * @param show the lines of each time
     */
    int show(Reading.With with, @Nullable Integer rollSeconds, Function<Reading, List<String>> show) throws Exception {
        Integer every = loopSeconds != null ? loopSeconds : rollSeconds;
        if (every != null && (every < 1 || every > LONGEST_SECONDS)) {
            return wrong("-l takes 1 to " + LONGEST_SECONDS + " seconds, not " + every + ".");
        }
        if (count != null && count < 1) {
            return wrong("--count takes 1 or more, not " + count + ".");
        }
        int times = count != null ? count : every != null ? Integer.MAX_VALUE : 1;
        return DaemonCall.run(socket.path(), out(), err(), daemon -> {
            try {
                loop(daemon, with, every == null ? 1 : every, times, show);
                return ExitCode.OK;
            } catch (IllegalArgumentException e) {
                return wrong(Objects.requireNonNullElse(e.getMessage(), "That cannot be shown."));
            }
        });
    }

    private void loop(
            DaemonClient daemon, Reading.With with, int everySeconds, int times, Function<Reading, List<String>> show)
            throws InterruptedException {
        EngineTimes before = Reading.times(daemon);
        // The first time is measured over a moment, so that there is something to see at once.
        Thread.sleep(MEASURE_MILLIS);
        for (int i = 0; i < times; i++) {
            if (i > 0) {
                Thread.sleep(everySeconds * 1000L);
            }
            EngineTimes now = Reading.times(daemon);
            show.apply(Reading.of(daemon, gpu, with, before, now)).forEach(out()::println);
            out().flush();
            before = now;
        }
    }
}
