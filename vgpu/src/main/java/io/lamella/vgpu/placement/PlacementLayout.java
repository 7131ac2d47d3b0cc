// SPDX-License-Identifier: Apache-2.0
package io.lamella.vgpu.placement;

import io.lamella.vgpu.type.VgpuType;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;

/**
 * What lies where on a GPU.
 *
 * @param space its units
 * @param mode its mode
 * @param occupants the vGPUs; no two overlap
 * @param blocked units whose frame buffer somebody else has
 */
public record PlacementLayout(
        PlacementSpace space, PlacementMode mode, List<Occupant> occupants, Set<Integer> blocked) {
    /**
     * A vGPU.
     *
     * @param label what to call it in sentences
     * @param type its type
     * @param placement where it lies
     */
    public record Occupant(String label, VgpuType type, Placement placement) {}

    public PlacementLayout {
        occupants = List.copyOf(occupants);
        blocked = Set.copyOf(blocked);
    }

    /** A GPU with nothing on it. */
    public static PlacementLayout empty(PlacementSpace space, PlacementMode mode) {
        return new PlacementLayout(space, mode, List.of(), Set.of());
    }

    /** This layout and one more vGPU. */
    public PlacementLayout with(Occupant occupant) {
        List<Occupant> all = new ArrayList<>(occupants);
        all.add(occupant);
        return new PlacementLayout(space, mode, all, blocked);
    }

    /** Who lies there, where one does. */
    public List<Occupant> at(Placement placement) {
        return occupants.stream()
                .filter(occupant -> occupant.placement().overlaps(placement))
                .toList();
    }

    /** The ids of a type's that are free, rising. In equal-size mode there are none beside another size. */
    public List<Integer> freeIds(VgpuType type) {
        if (mode == PlacementMode.EQUAL_SIZE
                && occupants.stream().anyMatch(other -> other.type().profileSizeBytes() != type.profileSizeBytes())) {
            return List.of();
        }
        return space.ids(mode, type).stream()
                .filter(id -> isFree(new Placement(id, type.placementUnits())))
                .toList();
    }

    private boolean isFree(Placement placement) {
        return at(placement).isEmpty()
                && IntStream.range(placement.id(), placement.end()).noneMatch(blocked::contains);
    }

    /** Units that nobody has. */
    public int freeUnits() {
        return (int) IntStream.range(0, space.units())
                .filter(unit -> isFree(new Placement(unit, 1)))
                .count();
    }

    /** The most free units in a row. */
    public int largestFreeRun() {
        int longest = 0;
        int run = 0;
        for (int unit = 0; unit < space.units(); unit++) {
            run = isFree(new Placement(unit, 1)) ? run + 1 : 0;
            longest = Math.max(longest, run);
        }
        return longest;
    }

    /**
     * The free id that leaves the most to others: of all types of {@code board} as many placements as possible, a large one counting for
     * its size. Of equally good ones the lowest.
     */
    public OptionalInt bestId(VgpuType type, Collection<VgpuType> board) {
        List<Integer> free = freeIds(type);
        if (mode == PlacementMode.EQUAL_SIZE || free.size() < 2) {
            return free.isEmpty() ? OptionalInt.empty() : OptionalInt.of(free.getFirst());
        }
        List<Placement> others = othersFree(board);
        int best = -1;
        long least = Long.MAX_VALUE;
        for (int id : free) {
            Placement here = new Placement(id, type.placementUnits());
            long lost = others.stream()
                    .filter(here::overlaps)
                    .mapToLong(Placement::units)
                    .sum();
            if (lost < least) {
                least = lost;
                best = id;
            }
        }
        return OptionalInt.of(best);
    }

    /** Every free placement of every size that the board has types of. */
    private List<Placement> othersFree(Collection<VgpuType> board) {
        Set<Integer> sizes = new TreeSet<>();
        List<Placement> free = new ArrayList<>();
        for (VgpuType type : board) {
            if (sizes.add(type.placementUnits())) {
                freeIds(type).forEach(id -> free.add(new Placement(id, type.placementUnits())));
            }
        }
        return free;
    }

    /** One character for each unit: a letter for each vGPU, {@code .} for free, {@code #} for what somebody else has. */
    public String map() {
        StringBuilder text = new StringBuilder(".".repeat(space.units()));
        for (int unit : blocked) {
            text.setCharAt(unit, '#');
        }
        for (int i = 0; i < occupants.size(); i++) {
            Placement placement = occupants.get(i).placement();
            for (int unit = placement.id(); unit < placement.end(); unit++) {
                text.setCharAt(unit, (char) (i < 26 ? 'A' + i : 'a' + i % 26));
            }
        }
        return text.toString();
    }
}
