// SPDX-License-Identifier: Apache-2.0
package io.lamella.host.node;

import io.lamella.core.c.CoreChoice;
import io.lamella.host.GpuUse;

/**
 * A GPU that a node has. Use, mode, scheduler and the number of virtual functions are what it starts with the first time; what an operator
 * sets later is kept in the store and counts from then on.
 *
 * @param name on this node, such as {@code gpu0}
 * @param board such as {@code L40}
 * @param frameBufferBytes whole MiB; 0 for the board's own
 * @param totalVirtualFunctions how many it can have, 1 to 63
 * @param enabledVirtualFunctions how many are enabled; -1 to enable them on demand
 * @param use what it is used for: {@code vgpu}, {@code drm} or {@code passthrough}
 * @param mode how it is cut while it is used for vGPUs
 * @param scheduler how its engines are shared
 * @param core what drives it: {@code java} or {@code native:LIBRARY}, as {@link io.lamella.core.c.CoreChoice} takes it
 */
public record GpuConfiguration(
        String name,
        String board,
        long frameBufferBytes,
        int totalVirtualFunctions,
        int enabledVirtualFunctions,
        GpuUse use,
        GpuMode mode,
        SchedulerDefinition scheduler,
        String core) {
    /** Virtual functions are enabled with the first vGPU. */
    public static final int ON_DEMAND = -1;

    /** The same with another core. */
    public GpuConfiguration withCore(String choice) {
        return new GpuConfiguration(
                name,
                board,
                frameBufferBytes,
                totalVirtualFunctions,
                enabledVirtualFunctions,
                use,
                mode,
                scheduler,
                choice);
    }

    /** An L40 with all defaults. */
    public static GpuConfiguration of(String name) {
        return of(name, "L40");
    }

    /** A board with all defaults. */
    public static GpuConfiguration of(String name, String board) {
        return new GpuConfiguration(
                name,
                board,
                0,
                32,
                ON_DEMAND,
                GpuUse.VGPU,
                GpuMode.EQUAL,
                SchedulerDefinition.DEFAULT,
                CoreChoice.JAVA.toString());
    }
}
