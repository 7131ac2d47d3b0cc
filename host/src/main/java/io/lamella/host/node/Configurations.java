// SPDX-License-Identifier: Apache-2.0
package io.lamella.host.node;

import io.lamella.core.c.CoreChoice;
import io.lamella.vgpu.type.Board;
import io.lamella.vgpu.type.TypeCatalogue;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Checks a node's configuration. */
final class Configurations {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,62}");
    private static final int MAX_GPUS = 64;
    private static final long MIB = 1L << 20;

    private Configurations() {}

    /** @throws NodeException {@code INVALID_DEFINITION} with all problems */
    static void require(NodeConfiguration configuration, TypeCatalogue types) {
        List<NodeProblem> problems = problems(configuration, types);
        if (!problems.isEmpty()) {
            throw new NodeException(
                    NodeErrorCode.INVALID_DEFINITION,
                    "The node's configuration is not sound: " + problems.getFirst(),
                    problems);
        }
    }

    private static List<NodeProblem> problems(NodeConfiguration configuration, TypeCatalogue types) {
        List<NodeProblem> problems = new ArrayList<>();
        List<GpuConfiguration> gpus = configuration.gpus();
        if (gpus.isEmpty() || gpus.size() > MAX_GPUS) {
            problems.add(new NodeProblem("gpus", "a node has 1 to " + MAX_GPUS + " GPUs, not " + gpus.size() + "."));
        }
        Set<String> names = new HashSet<>();
        for (int i = 0; i < gpus.size(); i++) {
            check(problems, "gpus[" + i + "].", gpus.get(i), names, types);
        }
        return problems;
    }

    private static void check(
            List<NodeProblem> problems, String at, GpuConfiguration gpu, Set<String> names, TypeCatalogue types) {
        if (!NAME.matcher(gpu.name()).matches() || gpu.name().equals(VgpuDefinition.ANY_GPU)) {
            problems.add(new NodeProblem(
                    at + "name", "a name has 1 to 63 letters, digits, '.', '_' or '-', and is not \"any\"."));
        } else if (!names.add(gpu.name())) {
            problems.add(new NodeProblem(at + "name", "another GPU has the name " + gpu.name() + "."));
        }
        if (types.board(gpu.board()).isEmpty()) {
            problems.add(new NodeProblem(
                    at + "board",
                    "there is no board " + Definitions.shown(gpu.board()) + "; there are "
                            + types.boards().stream().map(Board::name).collect(Collectors.joining(", ")) + "."));
        }
        if (gpu.frameBufferBytes() < 0 || gpu.frameBufferBytes() % MIB != 0) {
            problems.add(new NodeProblem(at + "frameBufferBytes", "whole MiB are needed, or 0 for the board's own."));
        }
        if (gpu.totalVirtualFunctions() < 1 || gpu.totalVirtualFunctions() > 63) {
            problems.add(new NodeProblem(
                    at + "totalVirtualFunctions", "1 to 63 are possible, not " + gpu.totalVirtualFunctions() + "."));
        } else if (gpu.enabledVirtualFunctions() < -1 || gpu.enabledVirtualFunctions() > gpu.totalVirtualFunctions()) {
            problems.add(new NodeProblem(
                    at + "enabledVirtualFunctions",
                    "-1 (on demand) to " + gpu.totalVirtualFunctions() + " are possible, not "
                            + gpu.enabledVirtualFunctions() + "."));
        }
        try {
            CoreChoice.parse(gpu.core());
        } catch (IllegalArgumentException e) {
            problems.add(new NodeProblem(at + "core", String.valueOf(e.getMessage())));
        }
        problems.addAll(gpu.scheduler().problems(at + "scheduler"));
    }
}
