// SPDX-License-Identifier: Apache-2.0
package io.lamella.vgpu;

import io.lamella.core.VirtualFunction;
import org.jspecify.annotations.Nullable;

/**
 * A virtual function as it is at one moment.
 *
 * @param function which
 * @param enabled whether it is on the bus
 * @param vgpu its vGPU, or null while it is an empty handle
 */
public record VirtualFunctionInfo(
        VirtualFunction function, boolean enabled, @Nullable VgpuInfo vgpu) {
    /** EMPTY without a vGPU. */
    public VgpuState state() {
        return vgpu == null ? VgpuState.EMPTY : vgpu.state();
    }
}
