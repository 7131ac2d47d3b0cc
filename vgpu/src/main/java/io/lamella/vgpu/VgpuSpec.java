// SPDX-License-Identifier: Apache-2.0
package io.lamella.vgpu;

import java.util.OptionalInt;
import java.util.UUID;

/**
 * A vGPU that somebody wants.
 *
 * @param type name of its type
 * @param uuid by which it is known from now on
 * @param vfIndex the virtual function to use, or empty for the first free one
 * @param placementId where it is to lie, or empty for the place that leaves the most to others
 * @param parameters its settings
 */
public record VgpuSpec(
        String type, UUID uuid, OptionalInt vfIndex, OptionalInt placementId, VgpuParameters parameters) {
    public VgpuSpec(String type, UUID uuid, OptionalInt vfIndex) {
        this(type, uuid, vfIndex, OptionalInt.empty(), VgpuParameters.DEFAULT);
    }

    /** On the first free virtual function, with a new UUID. */
    public static VgpuSpec of(String type) {
        return new VgpuSpec(type, UUID.randomUUID(), OptionalInt.empty());
    }

    /** The same with this placement. */
    public VgpuSpec withPlacement(int id) {
        return new VgpuSpec(type, uuid, vfIndex, OptionalInt.of(id), parameters);
    }

    /** The same with these settings. */
    public VgpuSpec withParameters(VgpuParameters settings) {
        return new VgpuSpec(type, uuid, vfIndex, placementId, settings);
    }
}
