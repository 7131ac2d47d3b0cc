// SPDX-License-Identifier: Apache-2.0
package io.lamella.host.node;

import io.lamella.host.GpuUse;
import org.jspecify.annotations.Nullable;

/**
 * A GPU's file: what operators set.
 *
 * @param schema {@link #SCHEMA}
 * @param use what it is used for; null, in files of the time when there was only one use, for vGPUs
 * @param mode how it is cut
 * @param scheduler how its engines are shared
 * @param enabledVirtualFunctions as in {@link GpuConfiguration}
 * @param removed whether an operator took it away
 */
record StoredGpu(
        int schema,
        @Nullable GpuUse use,
        GpuMode mode,
        SchedulerDefinition scheduler,
        int enabledVirtualFunctions,
        boolean removed) {
    static final int SCHEMA = 1;

    // From a file that anyone may have edited, so anything may be missing.
    StoredGpu {
        if (mode == null || scheduler == null || scheduler.policy() == null) {
            throw new IllegalArgumentException(
                    "mode and scheduler with its policy are needed, and one of them is missing");
        }
    }
}
