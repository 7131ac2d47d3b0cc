// SPDX-License-Identifier: Apache-2.0
package io.lamella.cli;

import io.lamella.vgpu.placement.PlacementLayout;
import io.lamella.vgpu.placement.PlacementMode;
import io.lamella.vgpu.placement.PlacementPlan;
import io.lamella.vgpu.placement.PlacementPlanner;
import io.lamella.vgpu.placement.PlacementSpace;
import io.lamella.vgpu.type.Board;
import io.lamella.vgpu.type.TypeCatalogue;
import io.lamella.vgpu.type.TypeFileException;
import io.lamella.vgpu.type.VgpuType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code lamella types}. */
@Command(
        name = "types",
        mixinStandardHelpOptions = true,
        description = {
            "List the vGPU types that a board has.",
            "With --with, also how many more of each such a GPU takes beside some vGPUs, where, or why none."
        },
        footer = {
            "",
            "Examples:  ./lamella types --board L40",
            "           ./lamella types --board L40 --mixed --with L40-24Q,L40-8Q"
        })
final class TypesCommand implements Callable<Integer> {
    @Option(
            names = "--board",
            paramLabel = "BOARD",
            description = "Only this board's types, such as L40, L40S, A40, RTX6000-Ada or RTX-PRO-6000.")
    private @Nullable String board;

    @Option(names = "--boards", description = "List the boards that a software GPU can be made as, instead.")
    private boolean boards;

    @Option(
            names = "--file",
            paramLabel = "FILE",
            description = "Add the types of this file; it is checked as a whole.")
    private @Nullable Path file;

    @Option(names = "--mixed", description = "The GPU is in mixed-size mode. Without it, all vGPUs have one size.")
    private boolean mixed;

    @Option(
            names = "--with",
            paramLabel = "TYPE",
            split = ",",
            description = "Types of vGPUs that the GPU has already; may be given more than once.")
    private List<String> present = new ArrayList<>();

    @Option(names = "-o", paramLabel = "FORMAT", description = "${COMPLETION-CANDIDATES} (default: text).")
    private OutputFormat format = OutputFormat.text;

    @Spec
    private @Nullable CommandSpec spec;

    /** Of a file of one's own the board may have no hardware to be known by. */
    private boolean isWanted(VgpuType type, TypeCatalogue catalogue) {
        String wanted = board;
        return wanted == null
                || type.board().equalsIgnoreCase(wanted)
                || catalogue.board(wanted).map(Board::name).equals(Optional.of(type.board()));
    }

    @Override
    public Integer call() {
        TypeCatalogue catalogue = catalogue();
        if (boards) {
            printBoards(catalogue.boards());
            return ExitCode.OK;
        }
        List<VgpuType> types = catalogue.types().stream()
                .filter(type -> isWanted(type, catalogue))
                .toList();
        if (types.isEmpty()) {
            TreeSet<String> all = new TreeSet<>(
                    catalogue.types().stream().map(VgpuType::board).toList());
            throw wrong("There is no board '" + board + "'; there are " + String.join(", ", all) + ".");
        }
        if (present.isEmpty()) {
            printTypes(types);
        } else {
            printCreatable(types);
        }
        return ExitCode.OK;
    }

    private TypeCatalogue catalogue() {
        TypeCatalogue shipped = TypeCatalogue.shipped();
        if (file == null) {
            return shipped;
        }
        try {
            return shipped.with(file);
        } catch (TypeFileException e) {
            throw wrong(String.valueOf(e.getMessage()));
        } catch (IOException e) {
            throw wrong("The file " + file + " cannot be read: " + e.getMessage() + ".");
        }
    }

    private ParameterException wrong(String sentence) {
        return new ParameterException(Objects.requireNonNull(spec).commandLine(), sentence);
    }

    private void printBoards(List<Board> all) {
        if (format == OutputFormat.json) {
            Json.print(System.out, all.stream().map(TypesCommand::document).toList());
            return;
        }
        Table table = new Table("BOARD", "PRODUCT", "CHIP", "FB MIB", "VFS", "PCI ID", "SUBSYSTEM");
        for (Board each : all) {
            table.row(
                    each.name(),
                    each.product(),
                    each.chip(),
                    each.fbBytes() >> 20,
                    each.virtualFunctions(),
                    each.id(),
                    each.subsystem());
        }
        table.print(System.out);
    }

    private void printTypes(List<VgpuType> types) {
        if (format == OutputFormat.json) {
            Json.print(System.out, types.stream().map(TypesCommand::document).toList());
            return;
        }
        Table table = new Table("TYPE", "ID", "FB MIB", "GUEST", "MAX", "MIX", "HEADS", "RESOLUTION", "FPS", "CUDA");
        for (VgpuType type : types) {
            table.row(
                    type.name(),
                    type.id(),
                    type.profileSizeBytes() >> 20,
                    type.fbLengthBytes() >> 20,
                    type.maxInstances(),
                    type.maxInstancesMixed(),
                    type.heads(),
                    type.maxWidth() + "x" + type.maxHeight(),
                    type.fpsLimit(),
                    type.cuda() ? "yes" : "no");
        }
        table.print(System.out);
    }

    private PlacementMode mode() {
        return mixed ? PlacementMode.MIXED_SIZE : PlacementMode.EQUAL_SIZE;
    }

    /** What there would be on a GPU with the vGPUs of {@code --with}, placed as the manager would. */
    private void printCreatable(List<VgpuType> types) {
        if (types.stream().map(VgpuType::board).distinct().count() > 1) {
            throw wrong("--with is about one GPU; say with --board which board it is.");
        }
        PlacementLayout empty =
                PlacementLayout.empty(PlacementSpace.nominal(types.getFirst().boardFbBytes()), mode());
        List<VgpuType> there = present.stream().map(name -> find(name, types)).toList();
        if (there.size() > PlacementPlanner.MOST_WANTED) {
            throw wrong("At most " + PlacementPlanner.MOST_WANTED + " vGPUs can be planned at once.");
        }
        int functions = types.stream().mapToInt(VgpuType::maxInstances).max().orElse(1);
        PlacementPlan plan = PlacementPlanner.plan(empty, functions, types, there);
        if (!plan.fits()) {
            throw wrong("These do not fit on one GPU: " + plan.sentence() + " " + String.join(" ", plan.suggestions()));
        }
        List<Creatable> all = types.stream()
                .map(type -> Creatable.of(type, plan.after(), functions, types))
                .toList();
        if (format == OutputFormat.json) {
            Json.print(System.out, all.stream().map(Creatable::document).toList());
            return;
        }
        System.out.println("On the GPU (" + mode().label() + " mode), a letter for each GiB of a vGPU:");
        System.out.println("  " + plan.after().map());
        Table table = new Table("TYPE", "UNITS", "MORE", "FREE PLACEMENT IDS, OR WHY NONE");
        for (Creatable each : all) {
            String ids = each.freeIds.stream().map(String::valueOf).collect(Collectors.joining(" "));
            table.row(each.type.name(), each.type.placementUnits(), each.more, each.more == 0 ? each.sentence : ids);
        }
        table.print(System.out);
    }

    private VgpuType find(String name, List<VgpuType> types) {
        return types.stream()
                .filter(type -> type.name().equalsIgnoreCase(name))
                .findFirst()
                .orElseThrow(() -> wrong("There is no type '" + name + "' of this board; there are "
                        + types.stream().map(VgpuType::name).collect(Collectors.joining(", ")) + "."));
    }

    /** How many more there can be of a type, at which ids, or why none. */
    private record Creatable(VgpuType type, int more, List<Integer> freeIds, String sentence) {
        static Creatable of(VgpuType type, PlacementLayout now, int functions, List<VgpuType> board) {
            List<Integer> free = now.freeIds(type);
            PlacementPlan one = PlacementPlanner.plan(now, functions, board, List.of(type));
            int more = one.fits()
                    ? Math.min(free.size(), functions - now.occupants().size())
                    : 0;
            return new Creatable(
                    type, more, free, one.fits() ? "" : one.items().getFirst().refusal());
        }

        Map<String, Object> document() {
            Map<String, Object> document = TypesCommand.document(type);
            document.put("creatable", more);
            document.put("freePlacementIds", freeIds);
            document.put("reason", sentence);
            return document;
        }
    }

    private static Map<String, Object> document(Board board) {
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("name", board.name());
        document.put("product", board.product());
        document.put("chip", board.chip());
        document.put("fbBytes", board.fbBytes());
        document.put("virtualFunctions", board.virtualFunctions());
        document.put("pciId", board.id().toString());
        document.put("pciSubsystemId", board.subsystem().toString());
        document.put("pciClass", "%06x".formatted(board.classCode()));
        document.put("note", board.note());
        document.put("derived", new TreeSet<>(board.derived()));
        return document;
    }

    private static Map<String, Object> document(VgpuType type) {
        PlacementSpace space = PlacementSpace.nominal(type.boardFbBytes());
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("name", type.name());
        document.put("id", type.id());
        document.put("board", type.board());
        document.put("series", type.series().name());
        document.put("profileSizeBytes", type.profileSizeBytes());
        document.put("guestFbBytes", type.fbLengthBytes());
        document.put("maxInstances", type.maxInstances());
        document.put("maxInstancesMixed", type.maxInstancesMixed());
        document.put("placementUnits", type.placementUnits());
        document.put("placementIdsEqual", space.ids(PlacementMode.EQUAL_SIZE, type));
        document.put("placementIdsMixed", space.ids(PlacementMode.MIXED_SIZE, type));
        document.put("heads", type.heads());
        document.put("maxWidth", type.maxWidth());
        document.put("maxHeight", type.maxHeight());
        document.put("fpsLimit", type.fpsLimit());
        document.put("cuda", type.cuda());
        document.put("eccSupported", type.eccSupported());
        document.put("multiVgpu", type.multiVgpu());
        document.put("pciId", type.identity().id().toString());
        document.put("pciSubsystemId", type.identity().subsystem().toString());
        document.put("derived", new TreeSet<>(type.derived()));
        return document;
    }
}
