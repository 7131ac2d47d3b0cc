// SPDX-License-Identifier: Apache-2.0
package io.lamella.vgpu;

import io.lamella.vgpu.type.VgpuType;
import org.jspecify.annotations.Nullable;

/**
 * Whether one more vGPU of a type can be had now.
 *
 * @param type the type
 * @param refusal why not, or null if it can
 * @param sentence the same for a person; empty if it can
 */
public record TypeAvailability(VgpuType type, VgpuException.@Nullable Reason refusal, String sentence) {
    public boolean isCreatable() {
        return refusal == null;
    }
}
