// SPDX-License-Identifier: Apache-2.0
package io.lamella.vgpu.placement;

import io.lamella.vgpu.type.VgpuType;
import java.util.List;
import java.util.OptionalInt;

/**
 * The planner's answer.
 *
 * @param fits whether all that was wanted fits
 * @param items what was wanted, in its order, each with its place or why it has none
 * @param before what lies on the GPU now
 * @param after and with what has a place
 * @param sentence the answer for a person
 * @param suggestions what would help, a sentence each; empty if it fits
 */
public record PlacementPlan(
        boolean fits,
        List<Item> items,
        PlacementLayout before,
        PlacementLayout after,
        String sentence,
        List<String> suggestions) {
    public PlacementPlan {
        items = List.copyOf(items);
        suggestions = List.copyOf(suggestions);
    }

    /**
     * One of those that were wanted.
     *
     * @param type its type
     * @param placementId where it would lie, or empty
     * @param refusal why nowhere; empty if it has a place
     */
    public record Item(VgpuType type, OptionalInt placementId, String refusal) {}
}
