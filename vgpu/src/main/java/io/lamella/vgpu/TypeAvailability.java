// SPDX-License-Identifier: Apache-2.0
package io.lamella.vgpu;

import io.lamella.vgpu.type.VgpuType;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How many more vGPUs of a type can be had now.
 *
 * @param type the type
 * @param remaining how many more, if they were all of this type
 * @param placementIds all ids that it can have in the GPU's mode, taken or not
 * @param freePlacementIds those that could be taken now. In mixed-size mode some may exclude each other
 * @param refusal why not one more, or null if there can be
 * @param sentence the same for a person; empty if there can be
 */
public record TypeAvailability(
        VgpuType type,
        int remaining,
        List<Integer> placementIds,
        List<Integer> freePlacementIds,
        VgpuException.@Nullable Reason refusal,
        String sentence) {
    public TypeAvailability {
        placementIds = List.copyOf(placementIds);
        freePlacementIds = List.copyOf(freePlacementIds);
    }

    public boolean isCreatable() {
        return refusal == null;
    }
}
