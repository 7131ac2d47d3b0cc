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
 */
public record VgpuSpec(String type, UUID uuid, OptionalInt vfIndex) {
    /** On the first free virtual function, with a new UUID. */
    public static VgpuSpec of(String type) {
        return new VgpuSpec(type, UUID.randomUUID(), OptionalInt.empty());
    }
}
