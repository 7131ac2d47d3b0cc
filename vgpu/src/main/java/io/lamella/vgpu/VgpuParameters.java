// SPDX-License-Identifier: Apache-2.0
package io.lamella.vgpu;

/**
 * What an owner may decide for one vGPU beside its type. {@link ParameterCatalogue} says for each, as data, what it may be, when it takes
 * effect, and what the software GPU does with it.
 *
 * @param frameRateLimiter whether the type's frame-rate limit holds. The software GPU has no displays yet and ignores it
 * @param console whether the host may show the guest's screen. The software GPU has no displays yet and ignores it
 * @param unifiedMemory whether the guest may use unified memory. Told to the firmware; the software GPU ignores it
 * @param debugging whether debuggers may be used in the guest. No firmware message for it is known; ignored
 * @param profiling whether the guest may read performance counters. Told to the firmware; the software GPU has no counters and ignores it
 * @param weight its part compared with the other vGPUs', 1 to 1024, where the scheduling policy has weights
 * @param priority how urgent its work is
 * @param preemptionTimeoutMillis how long its work may take to stop when its turn is over until it counts as hung; 0 for ever
 */
public record VgpuParameters(
        boolean frameRateLimiter,
        boolean console,
        boolean unifiedMemory,
        boolean debugging,
        boolean profiling,
        int weight,
        VgpuPriority priority,
        int preemptionTimeoutMillis) {
    /** What is used when nothing is said. */
    public static final VgpuParameters DEFAULT =
            new VgpuParameters(true, true, false, false, false, 1, VgpuPriority.NORMAL, 0);

    /** Whether the scheduler has to be told of anything but its own defaults. */
    boolean hasScheduling() {
        return weight != DEFAULT.weight || priority != DEFAULT.priority || preemptionTimeoutMillis != 0;
    }
}
