// SPDX-License-Identifier: Apache-2.0
package io.lamella.host.node;

import io.lamella.host.GpuUse;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A GPU as it is at one moment. What is not known while it is away is null.
 *
 * @param name on this node
 * @param revision changes whenever a setting or the state of the GPU changes, and is never used twice
 * @param phase where it is in its life
 * @param reason a sentence if it is not running, else empty
 * @param board such as {@code L40}
 * @param uuid of the board
 * @param chip such as {@code AD102}
 * @param product such as {@code NVIDIA L40}
 * @param pciAddress where it sits
 * @param pciId vendor and device, such as {@code 10de:26b5}
 * @param firmwareRelease that its GSP runs
 * @param core what drives it: java, or native: and a library
 * @param use what it is used for
 * @param socket where a VM attaches to the whole GPU, in passthrough
 * @param heldBy who would lose something if it were given to another use now: a few words each; empty if it is idle
 * @param mode how it is cut while it is used for vGPUs
 * @param scheduler how its engines are shared
 * @param fb how full its frame buffer is
 * @param wantedVirtualFunctions how many an operator wants enabled; -1 for on demand
 * @param enabledVirtualFunctions how many are
 * @param totalVirtualFunctions how many can be
 * @param vgpuCount vGPUs on it, those in quarantine too
 */
public record GpuView(
        String name,
        long revision,
        GpuPhase phase,
        String reason,
        String board,
        @Nullable String uuid,
        @Nullable String chip,
        @Nullable String product,
        @Nullable String pciAddress,
        @Nullable String pciId,
        @Nullable String firmwareRelease,
        String core,
        GpuUse use,
        @Nullable String socket,
        List<String> heldBy,
        GpuMode mode,
        SchedulerDefinition scheduler,
        @Nullable FrameBufferView fb,
        int wantedVirtualFunctions,
        int enabledVirtualFunctions,
        int totalVirtualFunctions,
        int vgpuCount) {
    public GpuView {
        heldBy = List.copyOf(heldBy);
    }
}
