// SPDX-License-Identifier: Apache-2.0
package io.lamella.vgpu;

import io.lamella.core.BarMapping;
import io.lamella.core.ChannelRange;
import io.lamella.core.CoreResource;
import io.lamella.core.FbRange;
import io.lamella.core.GspClient;
import io.lamella.core.VirtualFunction;
import io.lamella.vgpu.placement.Placement;
import io.lamella.vgpu.placement.PlacementMode;
import io.lamella.vgpu.rpc.HostRpcChannel;
import io.lamella.vgpu.type.VgpuType;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What a vGPU is made of. Filled by the steps of {@link CreationSteps} and emptied by them; changed only by whoever holds the vGPU's
 * operation lock. Fields are volatile for the sake of {@link Vgpu#info}.
 */
final class Parts {
    final UUID uuid;
    final VgpuType type;
    final VirtualFunction function;
    final Placement placement;
    final PlacementMode mode;

    volatile VgpuParameters parameters;
    volatile @Nullable FbRange frameBuffer;
    volatile @Nullable ChannelRange channels;
    volatile @Nullable FbRange heap;
    volatile @Nullable BarMapping heapMapping;
    volatile @Nullable GspClient client;
    volatile @Nullable HostRpcChannel rpc;
    volatile boolean busMaster;

    Parts(
            UUID uuid,
            VgpuType type,
            VirtualFunction function,
            Placement placement,
            PlacementMode mode,
            VgpuParameters parameters) {
        this.uuid = uuid;
        this.type = type;
        this.function = function;
        this.placement = placement;
        this.mode = mode;
        this.parameters = parameters;
    }

    /** A name for what the vGPU holds, for refusals and leak reports. */
    String label(String what) {
        return "vGPU " + uuid + ": " + what;
    }

    /** A part that an earlier step has made. */
    static <T> T made(@Nullable T part) {
        if (part == null) {
            throw new IllegalStateException("A step of creation ran before the one that it builds on.");
        }
        return part;
    }

    /** What the core must not hand to anyone else while the firmware may still be using it. */
    List<CoreResource> held() {
        List<CoreResource> all = new ArrayList<>();
        for (CoreResource part : new @Nullable CoreResource[] {client, heapMapping, heap, channels, frameBuffer}) {
            if (part != null && part.isHeld()) {
                all.add(part);
            }
        }
        return all;
    }
}
