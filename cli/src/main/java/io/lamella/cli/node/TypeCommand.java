// SPDX-License-Identifier: Apache-2.0
package io.lamella.cli.node;

import io.lamella.cli.Table;
import io.lamella.daemon.client.DaemonClient;
import io.lamella.host.node.TypeView;
import java.util.List;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code lamella type}. */
@Command(
        name = "type",
        mixinStandardHelpOptions = true,
        description = "The vGPU types of the daemon's GPUs. (Without a daemon:  lamella types)",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = TypeCommand.ListTypes.class)
public final class TypeCommand {
    @Command(
            name = "list",
            mixinStandardHelpOptions = true,
            description = "List the types that a GPU has, and how many more of each it takes now, or why none.")
    static final class ListTypes extends ViewCommand {
        @Option(names = "--gpu", paramLabel = "GPU", description = "Which GPU; the first if left out.")
        private String gpu = "";

        @Option(names = "--creatable", description = "Only those of which one more can be created now.")
        private boolean creatable;

        @Override
        View view(DaemonClient daemon, boolean wide) {
            List<TypeView> types = daemon.types(Names.gpu(daemon, gpu)).stream()
                    .filter(type -> !creatable || type.creatable())
                    .toList();
            Table table = wide
                    ? new Table(
                            "TYPE",
                            "ID",
                            "SERIES",
                            "FB MIB",
                            "GUEST MIB",
                            "BAR1 MIB",
                            "MAX",
                            "MORE",
                            "HEADS",
                            "RESOLUTION",
                            "FPS",
                            "CUDA",
                            "FREE PLACEMENTS",
                            "WHY NOT")
                    : new Table("TYPE", "ID", "FB MIB", "MAX", "MORE", "HEADS", "RESOLUTION", "FPS", "WHY NOT");
            for (TypeView type : types) {
                String resolution = type.maxWidth() + "x" + type.maxHeight();
                String why = type.creatable() ? "" : Rows.text(type.refusal());
                if (wide) {
                    table.row(
                            type.name(),
                            type.id(),
                            type.series(),
                            Rows.mib(type.profileSizeBytes()),
                            Rows.mib(type.fbSizeBytes()),
                            Rows.mib(type.bar1SizeBytes()),
                            type.maxInstances(),
                            type.remaining(),
                            type.heads(),
                            resolution,
                            type.fpsLimit(),
                            type.cuda() ? "yes" : "no",
                            type.freePlacementIds().stream()
                                    .map(String::valueOf)
                                    .collect(Collectors.joining(",")),
                            type.sentence());
                } else {
                    table.row(
                            type.name(),
                            type.id(),
                            Rows.mib(type.profileSizeBytes()),
                            type.maxInstances(),
                            type.remaining(),
                            type.heads(),
                            resolution,
                            type.fpsLimit(),
                            why);
                }
            }
            return new View(types, table.lines());
        }
    }
}
