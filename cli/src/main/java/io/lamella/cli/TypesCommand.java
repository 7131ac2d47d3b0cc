// SPDX-License-Identifier: Apache-2.0
package io.lamella.cli;

import io.lamella.vgpu.type.TypeCatalogue;
import io.lamella.vgpu.type.VgpuType;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.Callable;
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
        description = "List the vGPU types.",
        footer = {"", "Example:  ./lamella types --board L40"})
final class TypesCommand implements Callable<Integer> {
    @Option(names = "--board", paramLabel = "BOARD", description = "Only this board's types, such as L40, L40S or A40.")
    private @Nullable String board;

    @Option(names = "-o", paramLabel = "FORMAT", description = "${COMPLETION-CANDIDATES} (default: text).")
    private OutputFormat format = OutputFormat.text;

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() {
        List<VgpuType> all = TypeCatalogue.shipped().types();
        List<VgpuType> types = all.stream()
                .filter(type -> board == null || type.board().equalsIgnoreCase(board))
                .toList();
        if (types.isEmpty() && spec != null) {
            TreeSet<String> boards =
                    new TreeSet<>(all.stream().map(VgpuType::board).toList());
            throw new ParameterException(
                    spec.commandLine(),
                    "There is no board '" + board + "'; there are " + String.join(", ", boards) + ".");
        }
        if (format == OutputFormat.json) {
            Json.print(System.out, types.stream().map(TypesCommand::document).toList());
            return ExitCode.OK;
        }
        Table table = new Table("TYPE", "FB MIB", "GUEST MIB", "MAX", "HEADS", "RESOLUTION", "FPS", "CUDA", "PCI ID");
        for (VgpuType type : types) {
            table.row(
                    type.name(),
                    type.profileSizeBytes() >> 20,
                    type.fbLengthBytes() >> 20,
                    type.maxInstances(),
                    type.heads(),
                    type.maxWidth() + "x" + type.maxHeight(),
                    type.fpsLimit(),
                    type.cuda() ? "yes" : "no",
                    type.identity().id());
        }
        table.print(System.out);
        return ExitCode.OK;
    }

    private static Map<String, Object> document(VgpuType type) {
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("name", type.name());
        document.put("id", type.id());
        document.put("board", type.board());
        document.put("series", type.series().name());
        document.put("profileSizeBytes", type.profileSizeBytes());
        document.put("guestFbBytes", type.fbLengthBytes());
        document.put("maxInstances", type.maxInstances());
        document.put("heads", type.heads());
        document.put("maxWidth", type.maxWidth());
        document.put("maxHeight", type.maxHeight());
        document.put("fpsLimit", type.fpsLimit());
        document.put("cuda", type.cuda());
        document.put("pciId", type.identity().id().toString());
        document.put("pciSubsystemId", type.identity().subsystem().toString());
        document.put("derived", new TreeSet<>(type.derived()));
        return document;
    }
}
