// SPDX-License-Identifier: Apache-2.0
package io.lamella.host.node;

import io.lamella.vgpu.VgpuException;
import io.lamella.vgpu.placement.PlacementLayout;
import io.lamella.vgpu.placement.PlacementPlan;
import io.lamella.vgpu.placement.PlacementPlanner;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Answers what lies where, and what would fit. Changes nothing. */
final class NodePlans {
    private final NodeGpus gpus;
    private final Function<UUID, @Nullable VgpuEntry> vgpus;

    NodePlans(NodeGpus gpus, Function<UUID, @Nullable VgpuEntry> vgpus) {
        this.gpus = gpus;
        this.vgpus = vgpus;
    }

    PlacementsView placements(String gpu) {
        GpuEntry entry = gpus.get(gpu);
        PlacementLayout layout = entry.running().manager().layout();
        return new PlacementsView(
                gpu,
                entry.mode,
                layout.space().units(),
                layout.space().unitBytes(),
                layout.freeUnits(),
                layout.largestFreeRun(),
                layout.map(),
                layout.occupants().stream()
                        .map(occupant -> new PlacementsView.Occupant(
                                label(occupant.label()),
                                occupant.type().name(),
                                occupant.placement().id(),
                                occupant.placement().units()))
                        .toList());
    }

    /** The manager below knows UUIDs only. */
    private String label(String text) {
        String uuid = text.substring(text.lastIndexOf(' ') + 1);
        VgpuEntry entry = Definitions.isUuid(uuid) ? vgpus.apply(UUID.fromString(uuid)) : null;
        return entry == null ? text : entry.name();
    }

    PlanView plan(String gpu, List<String> types) {
        if (types.isEmpty() || types.size() > PlacementPlanner.MOST_WANTED) {
            throw new NodeException(
                    NodeErrorCode.INVALID_DEFINITION,
                    "1 to " + PlacementPlanner.MOST_WANTED + " vGPUs can be planned at once, not " + types.size()
                            + ".");
        }
        try {
            return gpu.equals(VgpuDefinition.ANY_GPU) ? planAnywhere(types) : planOn(gpus.get(gpu), types);
        } catch (RuntimeException e) {
            throw Refusals.of(e);
        }
    }

    private static PlanView planOn(GpuEntry gpu, List<String> types) {
        PlacementPlan plan = gpu.running().manager().plan(types);
        List<PlanView.Item> items =
                plan.items().stream().map(item -> item(gpu.name(), item)).toList();
        return new PlanView(plan.fits(), plan.sentence(), items, plan.suggestions());
    }

    private static PlanView.Item item(String gpu, PlacementPlan.Item item) {
        boolean placed = item.placementId().isPresent();
        return new PlanView.Item(
                item.type().name(),
                placed ? gpu : null,
                placed ? item.placementId().getAsInt() : null,
                item.refusal());
    }

    /** Each goes to the first GPU on which it fits beside those that were put there before, as a start without a GPU's name does it. */
    private PlanView planAnywhere(List<String> types) {
        Map<GpuEntry, List<Integer>> wantedOn = new LinkedHashMap<>();
        List<PlanView.Item> items = new ArrayList<>();
        List<String> suggestions = new ArrayList<>();
        int placed = 0;
        for (String type : types) {
            PlanView.Item item = null;
            StringBuilder refusals = new StringBuilder();
            for (GpuEntry gpu : gpus.all()) {
                List<Integer> before = wantedOn.computeIfAbsent(gpu, ignored -> new ArrayList<>());
                List<String> together = new ArrayList<>();
                before.forEach(index -> together.add(types.get(index)));
                together.add(type);
                try {
                    PlacementPlan plan = gpu.running().manager().plan(together);
                    if (plan.fits()) {
                        before.add(items.size());
                        item = item(gpu.name(), plan.items().getLast());
                        break;
                    }
                    refusals.append(gpu.name())
                            .append(": ")
                            .append(plan.items().getLast().refusal())
                            .append(' ');
                    plan.suggestions().forEach(one -> suggestions.add(gpu.name() + ": " + one));
                } catch (VgpuException | NodeException e) {
                    refusals.append(gpu.name())
                            .append(": ")
                            .append(e.getMessage())
                            .append(' ');
                }
            }
            if (item != null) {
                placed++;
            }
            items.add(
                    item != null
                            ? item
                            : new PlanView.Item(
                                    type, null, null, refusals.toString().strip()));
        }
        return new PlanView(
                placed == types.size(),
                placed + " of " + types.size() + " fit.",
                items,
                suggestions.stream().distinct().toList());
    }
}
