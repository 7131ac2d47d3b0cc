// SPDX-License-Identifier: Apache-2.0
package io.lamella.host.node;

import io.lamella.host.GpuUse;
import io.lamella.host.HostGpu;
import io.lamella.vgpu.VgpuManager;
import io.lamella.vgpu.placement.Placement;
import io.lamella.vgpu.placement.PlacementLayout;
import io.lamella.vgpu.placement.PlacementLayout.Occupant;
import io.lamella.vgpu.placement.PlacementMode;
import io.lamella.vgpu.placement.PlacementPlan;
import io.lamella.vgpu.placement.PlacementPlanner;
import io.lamella.vgpu.type.TypeCatalogue;
import io.lamella.vgpu.type.VgpuType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;

/** Tries the starts of a node file on paper, in their order, beside what will be there then. */
final class NodeFit {
    private final TypeCatalogue types;
    private final Map<String, PlacementLayout> layouts = new LinkedHashMap<>();
    private final Map<String, VgpuManager> managers = new LinkedHashMap<>();
    private final Map<String, Integer> functions = new HashMap<>();
    private final Map<String, String> away = new LinkedHashMap<>();
    /** GPUs that will be for vGPUs and are not yet, so that what fits on them is seen only then. */
    private final Set<String> unseen = new TreeSet<>();

    NodeFit(NodeParts parts, NodeGpus gpus, NodeDiff diff) {
        this.types = parts.types();
        for (GpuEntry gpu : gpus.all()) {
            HostGpu host = gpu.host;
            if (diff.useOf(gpu) != GpuUse.VGPU) {
                away.put(
                        gpu.name(),
                        "GPU " + gpu.name() + " is for " + diff.useOf(gpu).text() + " then, not for vGPUs.");
                continue;
            }
            if (gpu.use != GpuUse.VGPU) {
                unseen.add(gpu.name());
                continue;
            }
            if (host == null || gpu.phase != GpuPhase.RUNNING) {
                away.put(gpu.name(), "GPU " + gpu.name() + " is " + gpu.phase.text() + ".");
                continue;
            }
            managers.put(gpu.name(), host.manager());
            functions.put(gpu.name(), diff.functionsOf(gpu));
            layouts.put(gpu.name(), without(host.manager().layout(), diff.stopping(), diff.modeOf(gpu)));
        }
    }

    private static PlacementLayout without(PlacementLayout now, Set<UUID> stopping, GpuMode mode) {
        List<Occupant> staying = now.occupants().stream()
                .filter(occupant ->
                        stopping.stream().noneMatch(uuid -> occupant.label().contains(uuid.toString())))
                .toList();
        return new PlacementLayout(
                now.space(),
                switch (mode) {
                    case EQUAL -> PlacementMode.EQUAL_SIZE;
                    case MIXED -> PlacementMode.MIXED_SIZE;
                },
                staying,
                now.blocked());
    }

    /** Why the starts would not all succeed, as far as that can be known; empty if they would. */
    List<NodeProblem> problems(List<NodeDiff.Step> steps) {
        List<NodeProblem> problems = new ArrayList<>();
        for (NodeDiff.Step step : steps) {
            VgpuDefinition definition = step.definition();
            if (step.action() == ChangeAction.START_VGPU && definition != null) {
                String refusal = place(definition);
                if (!refusal.isEmpty()) {
                    problems.add(
                            new NodeProblem(step.path(), "vGPU " + definition.name() + " does not fit. " + refusal));
                }
            }
        }
        return problems;
    }

    private String place(VgpuDefinition wanted) {
        VgpuType type = types.find(wanted.type()).orElseThrow();
        String pinned = Objects.requireNonNull(wanted.gpu());
        if (!pinned.equals(VgpuDefinition.ANY_GPU)) {
            return placeOn(pinned, type, wanted);
        }
        if (!unseen.isEmpty()) {
            return "";
        }
        List<String> refusals = new ArrayList<>(away.values());
        for (String gpu : layouts.keySet()) {
            String refusal = placeOn(gpu, type, wanted);
            if (refusal.isEmpty()) {
                return "";
            }
            refusals.add(gpu + ": " + refusal);
        }
        return String.join(" ", refusals);
    }

    private String placeOn(String gpu, VgpuType type, VgpuDefinition wanted) {
        if (unseen.contains(gpu)) {
            return "";
        }
        PlacementLayout layout = layouts.get(gpu);
        VgpuManager manager = managers.get(gpu);
        if (layout == null || manager == null) {
            return away.getOrDefault(gpu, "There is no such GPU.");
        }
        List<VgpuType> board = manager.supportedTypes();
        if (board.stream().noneMatch(one -> one.name().equals(type.name()))) {
            return type.name() + " is a type of the board " + type.board() + "; this GPU is another.";
        }
        Integer id = wanted.placementId();
        if (id == null) {
            PlacementPlan plan = PlacementPlanner.plan(layout, functions.getOrDefault(gpu, 0), board, List.of(type));
            if (plan.fits()) {
                layouts.put(gpu, plan.after());
                return "";
            }
            return plan.items().getFirst().refusal();
        }
        if (!layout.freeIds(type).contains(id)) {
            return "Placement id " + id + " is not free for " + type.name() + "; free are " + layout.freeIds(type)
                    + ".";
        }
        layouts.put(
                gpu,
                layout.with(
                        new Occupant(String.valueOf(wanted.name()), type, new Placement(id, type.placementUnits()))));
        return "";
    }
}
