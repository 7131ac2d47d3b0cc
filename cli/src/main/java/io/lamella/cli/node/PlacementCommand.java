// SPDX-License-Identifier: Apache-2.0
package io.lamella.cli.node;

import io.lamella.cli.ExitCode;
import io.lamella.cli.Table;
import io.lamella.daemon.client.DaemonClient;
import io.lamella.host.node.PlacementsView;
import io.lamella.host.node.PlanView;
import io.lamella.host.node.VgpuDefinition;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code lamella placement}. */
@Command(
        name = "placement",
        mixinStandardHelpOptions = true,
        description = "Where vGPUs lie on a GPU, and whether more would fit.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {PlacementCommand.ListPlacements.class, PlacementCommand.Plan.class})
public final class PlacementCommand {
    @Command(name = "list", mixinStandardHelpOptions = true, description = "Show what lies where on a GPU.")
    static final class ListPlacements extends ViewCommand {
        @Option(names = "--gpu", paramLabel = "GPU", description = "Which GPU; the first if left out.")
        private String gpu = "";

        @Override
        View view(DaemonClient daemon, boolean wide) {
            PlacementsView placements = daemon.placements(Names.gpu(daemon, gpu));
            List<String> lines = new ArrayList<>();
            lines.add(placements.gpu() + ", " + placements.mode().text() + " sizes, units of "
                    + Rows.size(placements.unitBytes()) + ": " + placements.freeUnits() + " of " + placements.units()
                    + " free, at most " + placements.largestFreeRun() + " in one run");
            lines.add("  " + placements.map());
            if (!placements.occupants().isEmpty()) {
                Table table = new Table("PLACE", "UNITS", "TYPE", "VGPU");
                placements
                        .occupants()
                        .forEach(each -> table.row(each.placementId(), each.units(), each.type(), each.label()));
                lines.addAll(table.lines());
            }
            return new View(placements, lines);
        }
    }

    @Command(
            name = "plan",
            mixinStandardHelpOptions = true,
            description = {
                "Say whether vGPUs of these types would fit beside what runs, where, and if not, what would help.",
                "Nothing is changed. The exit code is 1 if they do not fit."
            },
            footer = {"", "Example:  lamella placement plan L40-24Q L40-8Q L40-8Q"})
    static final class Plan extends NodeCommand {
        @Parameters(arity = "1..*", paramLabel = "TYPE", description = "Types, in the order in which they would start.")
        private List<String> types = new ArrayList<>();

        @Option(names = "--gpu", paramLabel = "GPU", description = "On this GPU; on any if left out.")
        private String gpu = VgpuDefinition.ANY_GPU;

        @Option(names = "-o", paramLabel = "FORMAT", description = "${COMPLETION-CANDIDATES} (default: table).")
        private ListFormat format = ListFormat.table;

        @Override
        int run(DaemonClient daemon) {
            PlanView plan = daemon.plan(gpu, types);
            List<String> lines = new ArrayList<>(List.of(plan.sentence()));
            Table table = new Table("TYPE", "GPU", "PLACE");
            plan.items().forEach(item -> table.row(item.type(), Rows.text(item.gpu()), Rows.text(item.placementId())));
            lines.addAll(table.lines());
            plan.items().stream()
                    .filter(item -> !item.refusal().isEmpty())
                    .forEach(item -> lines.add("No place for " + item.type() + ": " + item.refusal()));
            lines.addAll(plan.suggestions());
            format.print(out(), plan, lines);
            return plan.fits() ? ExitCode.OK : ExitCode.FAILED;
        }
    }
}
