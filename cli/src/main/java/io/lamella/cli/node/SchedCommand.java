// SPDX-License-Identifier: Apache-2.0
package io.lamella.cli.node;

import io.lamella.cli.ExitCode;
import io.lamella.cli.Table;
import io.lamella.daemon.api.Views;
import io.lamella.daemon.client.DaemonClient;
import io.lamella.gpu.sched.SchedulerPolicy;
import io.lamella.host.node.GpuView;
import io.lamella.host.node.SchedulerDefinition;
import io.lamella.host.node.SchedulingPolicy;
import io.lamella.host.node.VgpuView;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code lamella sched}. */
@Command(
        name = "sched",
        mixinStandardHelpOptions = true,
        description = "How vGPUs share a GPU's engines.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {SchedCommand.Show.class, SchedCommand.Set.class, SchedCommand.Log.class})
public final class SchedCommand {
    @Command(name = "show", mixinStandardHelpOptions = true, description = "Show how each GPU's engines are shared.")
    static final class Show extends ViewCommand {
        @Override
        View view(DaemonClient daemon, boolean wide) {
            List<GpuView> gpus = daemon.gpus();
            Table table = new Table("GPU", "SCHEDULER");
            gpus.forEach(gpu -> table.row(gpu.name(), gpu.scheduler().describe()));
            return new View(gpus.stream().map(GpuView::scheduler).toList(), table.lines());
        }
    }

    @Command(
            name = "set",
            mixinStandardHelpOptions = true,
            description = {
                "Share a GPU's engines in another way, at once and after a restart. VMs go on working.",
                "",
                "best-effort  who has work gets the engine in turn; nothing is promised",
                "equal-share  each running vGPU gets one part of as many as run",
                "fixed-share  each vGPU gets one part of as many as its type has at most"
            })
    static final class Set extends NodeCommand {
        @Parameters(index = "0", paramLabel = "GPU", description = "Its name.")
        private String gpu = "";

        @Parameters(index = "1", paramLabel = "POLICY", description = "best-effort, equal-share or fixed-share.")
        private String policy = "";

        @Option(
                names = "--frequency-hz",
                paramLabel = "N",
                description = SchedulerPolicy.FREQUENCY_RANGE + ", for strict round robin.")
        private @Nullable Integer frequencyHz;

        @Option(
                names = "--averaging-factor",
                paramLabel = "N",
                description = SchedulerPolicy.AVERAGING_RANGE + ", for strict round robin.")
        private @Nullable Integer averagingFactor;

        @Option(
                names = "--time-slice-ms",
                paramLabel = "N",
                description = SchedulerPolicy.SLICE_RANGE
                        + ". Slices instead of strict round robin: who had the least time is next.")
        private @Nullable Integer sliceMillis;

        @Override
        int run(DaemonClient daemon) {
            SchedulingPolicy chosen = null;
            for (SchedulingPolicy each : SchedulingPolicy.values()) {
                if (each.text().equalsIgnoreCase(policy)) {
                    chosen = each;
                }
            }
            if (chosen == null) {
                throw wrong("POLICY is best-effort, equal-share or fixed-share, not '" + policy + "'.");
            }
            SchedulerDefinition wanted = new SchedulerDefinition(
                    chosen,
                    sliceMillis == null ? null : Boolean.FALSE,
                    frequencyHz,
                    sliceMillis,
                    averagingFactor,
                    null);
            GpuView now = daemon.setScheduler(gpu, wanted, OptionalLong.empty());
            out().println(now.name() + ": " + now.scheduler().describe());
            return ExitCode.OK;
        }
    }

    @Command(
            name = "log",
            mixinStandardHelpOptions = true,
            description = "Show the newest turns that a GPU's scheduler gave, at most 200, oldest first.")
    static final class Log extends ViewCommand {
        @Parameters(arity = "0..1", paramLabel = "GPU", description = "Its name; the first GPU if left out.")
        private String gpu = "";

        @Override
        View view(DaemonClient daemon, boolean wide) {
            List<Views.SchedulerTurn> turns = daemon.schedulerLog(Names.gpu(daemon, gpu));
            if (turns.isEmpty()) {
                return new View(turns, List.of("No vGPU of this GPU has had work yet."));
            }
            Map<String, String> names =
                    daemon.vgpus().stream().collect(Collectors.toMap(VgpuView::uuid, VgpuView::name));
            Table table = new Table(
                    "ENDED S", "VGPU", "RAN US", "SLICE US", "IN ALL MS", "OVERSHOOT US", "IDLE MS", "WEIGHT");
            for (Views.SchedulerTurn turn : turns) {
                String uuid = turn.vgpu();
                table.row(
                        String.format(Locale.ROOT, "%.6f", turn.timestampNanos() / 1e9),
                        uuid == null ? "gfid " + turn.gfid() : names.getOrDefault(uuid, uuid),
                        turn.runNanos() / 1_000,
                        turn.targetSliceNanos() / 1_000,
                        turn.totalRunNanos() / 1_000_000,
                        turn.overshootNanos() / 1_000,
                        turn.idleNanos() / 1_000_000,
                        turn.weight());
            }
            return new View(turns, table.lines());
        }
    }
}
