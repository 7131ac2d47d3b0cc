// SPDX-License-Identifier: Apache-2.0
package io.lamella.vgpu.placement;

import io.lamella.vgpu.placement.PlacementLayout.Occupant;
import io.lamella.vgpu.placement.PlacementPlan.Item;
import io.lamella.vgpu.type.VgpuType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Says whether some vGPUs fit on a GPU, where, and if not, what would help.
 *
 * <p>First they are placed one after the other as the manager would place them. If one finds no place, all ways to place them are tried,
 * the largest first, up to a limit of steps. What is asked is hostile: a list is bounded, and so is the search.
 */
public final class PlacementPlanner {
    /** The longest list. */
    public static final int MOST_WANTED = 64;

    private static final int MOST_STEPS = 4_000;

    private final PlacementLayout start;
    private final int functions;
    private final Collection<VgpuType> board;
    private int steps;

    private PlacementPlanner(PlacementLayout start, int functions, Collection<VgpuType> board) {
        this.start = start;
        this.functions = functions;
        this.board = board;
    }

    /**
     * Plans.
     *
     * @param now what lies on the GPU
     * @param functions how many virtual functions it has
     * @param board the types of its board
     * @param wanted types of this board, in the order in which they would be created; at most {@link #MOST_WANTED}
     */
    public static PlacementPlan plan(
            PlacementLayout now, int functions, Collection<VgpuType> board, List<VgpuType> wanted) {
        if (wanted.size() > MOST_WANTED) {
            throw new IllegalArgumentException(
                    "At most " + MOST_WANTED + " vGPUs can be planned at once, not " + wanted.size() + ".");
        }
        return new PlacementPlanner(now, functions, board).plan(wanted);
    }

    private PlacementPlan plan(List<VgpuType> wanted) {
        List<Item> inOrder = oneAfterTheOther(wanted);
        long placed = inOrder.stream().filter(item -> item.refusal().isEmpty()).count();
        if (placed == wanted.size()) {
            return new PlacementPlan(
                    true, inOrder, start, after(inOrder), wanted.size() + " of " + wanted.size() + " fit.", List.of());
        }
        int[] ids = anyWay(wanted);
        if (ids != null) {
            List<Item> chosen = IntStream.range(0, ids.length)
                    .mapToObj(i -> new Item(wanted.get(i), OptionalInt.of(ids[i]), ""))
                    .toList();
            return new PlacementPlan(
                    true,
                    chosen,
                    start,
                    after(chosen),
                    wanted.size() + " of " + wanted.size() + " fit, each at the placement id given here. Without ids, "
                            + "one after the other in this order, " + placed + " would; the largest first is a better"
                            + " order.",
                    List.of());
        }
        return new PlacementPlan(
                false,
                inOrder,
                start,
                after(inOrder),
                placed + " of " + wanted.size() + " fit in " + start.mode().label() + " mode."
                        + (steps > MOST_STEPS
                                ? " There are too many ways to try them all; " + MOST_STEPS + " were tried."
                                : ""),
                suggestions(wanted, inOrder));
    }

    private List<Item> oneAfterTheOther(List<VgpuType> wanted) {
        PlacementLayout layout = start;
        List<Item> items = new ArrayList<>();
        for (VgpuType type : wanted) {
            String refusal = refusal(layout, type);
            OptionalInt id = refusal.isEmpty() ? layout.bestId(type, board) : OptionalInt.empty();
            if (id.isPresent()) {
                layout = layout.with(occupant(type, id.getAsInt()));
            }
            items.add(new Item(type, id, refusal));
        }
        return items;
    }

    private PlacementLayout after(List<Item> items) {
        PlacementLayout layout = start;
        for (Item item : items) {
            if (item.placementId().isPresent()) {
                layout = layout.with(occupant(item.type(), item.placementId().getAsInt()));
            }
        }
        return layout;
    }

    private static Occupant occupant(VgpuType type, int id) {
        return new Occupant("a planned " + type.name(), type, new Placement(id, type.placementUnits()));
    }

    private String refusal(PlacementLayout layout, VgpuType type) {
        if (layout.occupants().size() >= functions) {
            return "All " + functions + " virtual functions would be in use.";
        }
        List<Integer> ids = layout.space().ids(layout.mode(), type);
        if (ids.isEmpty()) {
            return type.name() + " needs " + type.placementUnits() + " units; the GPU has "
                    + layout.space().units() + ".";
        }
        if (!layout.freeIds(type).isEmpty()) {
            return "";
        }
        boolean otherSize = layout.mode() == PlacementMode.EQUAL_SIZE
                && layout.occupants().stream()
                        .anyMatch(other -> other.type().profileSizeBytes() != type.profileSizeBytes());
        return otherSize
                ? type.name() + " is of another size than what lies there, and in equal-size mode all have one size."
                : "None of its placement ids " + ids + " is free; the longest free run has " + layout.largestFreeRun()
                        + " units of the " + type.placementUnits() + " it needs.";
    }

    /** Ids for all of them, whatever the order, or null if there are none or too many ways to try. */
    private int @Nullable [] anyWay(List<VgpuType> wanted) {
        List<Integer> order = IntStream.range(0, wanted.size())
                .boxed()
                .sorted(Comparator.<Integer>comparingInt(i -> -wanted.get(i).placementUnits())
                        .thenComparing(i -> wanted.get(i).name()))
                .toList();
        int[] ids = new int[wanted.size()];
        Arrays.fill(ids, -1);
        steps = 0;
        boolean possible = start.occupants().size() + wanted.size() <= functions
                && wanted.stream().mapToInt(VgpuType::placementUnits).sum() <= start.freeUnits();
        return possible && search(start, wanted, order, 0, ids) ? ids : null;
    }

    private boolean search(PlacementLayout layout, List<VgpuType> wanted, List<Integer> order, int at, int[] ids) {
        if (at == order.size()) {
            return true;
        }
        int index = order.get(at);
        VgpuType type = wanted.get(index);
        // Among equal ones only rising ids: to exchange them is nothing new.
        boolean again = at > 0 && wanted.get(order.get(at - 1)).name().equals(type.name());
        int above = again ? ids[order.get(at - 1)] : -1;
        for (int id : layout.freeIds(type)) {
            if (id > above) {
                if (++steps > MOST_STEPS) {
                    return false;
                }
                ids[index] = id;
                if (search(layout.with(occupant(type, id)), wanted, order, at + 1, ids)) {
                    return true;
                }
            }
        }
        return false;
    }

    private List<String> suggestions(List<VgpuType> wanted, List<Item> items) {
        List<String> found = new ArrayList<>();
        PlacementMode other =
                start.mode() == PlacementMode.EQUAL_SIZE ? PlacementMode.MIXED_SIZE : PlacementMode.EQUAL_SIZE;
        List<VgpuType> together = new ArrayList<>();
        start.occupants().forEach(occupant -> together.add(occupant.type()));
        together.addAll(wanted);
        if (fitsOnEmpty(other, together)) {
            found.add(
                    start.occupants().isEmpty()
                            ? "In " + other.label() + " mode they fit; set the GPU to it."
                            : "In " + other.label() + " mode they fit together with what is there, but the mode can"
                                    + " only change on an empty GPU.");
        }
        if (!start.occupants().isEmpty() && fitsOnEmpty(start.mode(), together)) {
            found.add("The free room is in pieces: of " + start.freeUnits() + " free units the longest run has "
                    + start.largestFreeRun() + ". Together with what is there they fit if all are created anew, the"
                    + " largest first.");
        } else if (!start.occupants().isEmpty() && fitsOnEmpty(start.mode(), wanted)) {
            found.add("On an empty GPU in this mode they fit: "
                    + start.occupants().stream()
                            .map(occupant ->
                                    occupant.label() + " (" + occupant.type().name() + ")")
                            .collect(Collectors.joining(", "))
                    + (start.occupants().size() == 1 ? " is" : " are") + " in the way.");
        }
        items.stream()
                .filter(item -> !item.refusal().isEmpty())
                .findFirst()
                .flatMap(item -> smaller(item.type(), after(items)))
                .ifPresent(found::add);
        return found;
    }

    private boolean fitsOnEmpty(PlacementMode mode, List<VgpuType> types) {
        PlacementLayout empty = new PlacementLayout(start.space(), mode, List.of(), start.blocked());
        PlacementPlanner planner = new PlacementPlanner(empty, functions, board);
        return types.size() <= functions
                && (planner.oneAfterTheOther(types).stream()
                                .allMatch(item -> item.refusal().isEmpty())
                        || planner.anyWay(types) != null);
    }

    private Optional<String> smaller(VgpuType type, PlacementLayout layout) {
        return board.stream()
                .filter(each -> each.series() == type.series() && each.placementUnits() < type.placementUnits())
                .sorted(Comparator.comparingInt(VgpuType::placementUnits).reversed())
                .filter(each -> refusal(layout, each).isEmpty())
                .findFirst()
                .map(each -> "A smaller type in place of " + type.name() + " would fit: " + each.name() + " at "
                        + layout.bestId(each, board).orElse(-1) + ".");
    }
}
