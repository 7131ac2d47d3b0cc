// SPDX-License-Identifier: Apache-2.0
package io.lamella.vgpu.placement;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The rule by which sizes have their placement ids.
 *
 * <p>Equal sizes lie one behind the other. For mixed sizes as many ids are made as the largest power of two that fits: the board is cut
 * into halves, those into halves, until each piece is for two; of these the first begins where the piece begins and the second ends where
 * it ends. So pieces of all sizes end at the same cuts, and the room that is left over lies in the middle of a piece, where smaller
 * vGPUs can use it.
 */
public final class PlacementIds {
    private PlacementIds() {}

    /**
     * All ids of a size, rising.
     *
     * @param boardUnits size of the board
     * @param units size of the vGPU, at least 1
     * @param most how many there may be at once
     */
    public static List<Integer> of(PlacementMode mode, int boardUnits, int units, int most) {
        if (units < 1) {
            throw new IllegalArgumentException("A placement has at least one unit, not " + units + ".");
        }
        int fit = Math.min(boardUnits / units, most);
        return switch (mode) {
            case EQUAL_SIZE ->
                IntStream.range(0, fit).map(i -> i * units).boxed().toList();
            case MIXED_SIZE -> {
                List<Integer> ids = new ArrayList<>();
                split(0, boardUnits, units, Integer.highestOneBit(fit), ids);
                yield List.copyOf(ids);
            }
        };
    }

    private static void split(int from, int to, int units, int count, List<Integer> ids) {
        if (count > 2) {
            int middle = from + (to - from) / 2;
            split(from, middle, units, count / 2, ids);
            split(middle, to, units, count / 2, ids);
            return;
        }
        if (count > 0) {
            ids.add(from);
        }
        if (count > 1) {
            ids.add(to - units);
        }
    }
}
