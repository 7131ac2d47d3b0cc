// SPDX-License-Identifier: Apache-2.0
package io.lamella.host.node;

import io.lamella.core.FbUsage;
import io.lamella.core.GpuDescription;
import io.lamella.core.PciAddress;
import io.lamella.core.c.CoreChoice;
import io.lamella.host.GpuSettings;
import io.lamella.host.GpuUse;
import io.lamella.host.GpuUser;
import io.lamella.host.HostGpu;
import io.lamella.host.PassthroughGpu;
import io.lamella.vgpu.placement.PlacementMode;
import io.lamella.vgpu.type.Board;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A GPU in a node's table: what it is to be, and the running GPU if there is one. */
final class GpuEntry {
    final GpuConfiguration configuration;
    final Guard guard;
    private final PciAddress address;
    private final Board board;

    volatile GpuUse use;
    volatile GpuMode mode;
    volatile SchedulerDefinition scheduler;
    volatile int wantedVirtualFunctions;
    /** What drives it; null while nothing does. */
    volatile @Nullable GpuUser user;
    /** The same, if it is cut into vGPUs. */
    volatile @Nullable HostGpu host;

    volatile GpuPhase phase = GpuPhase.STARTING;
    volatile String reason = "";
    volatile long revision;

    GpuEntry(int index, GpuConfiguration configuration, Board board) {
        this.configuration = configuration;
        this.board = board;
        this.guard = new Guard("GPU " + configuration.name());
        this.address = new PciAddress(0, 1 + index, 0, 0);
        this.use = configuration.use();
        this.mode = configuration.mode();
        this.scheduler = configuration.scheduler().normal();
        this.wantedVirtualFunctions = configuration.enabledVirtualFunctions();
    }

    String name() {
        return configuration.name();
    }

    /** @throws IllegalArgumentException if the core's library went away since the configuration was checked */
    GpuSettings settings() {
        long bytes = configuration.frameBufferBytes();
        return new GpuSettings(
                name(),
                address,
                bytes == 0 ? board.fbBytes() : bytes,
                configuration.totalVirtualFunctions(),
                board,
                CoreChoice.parse(configuration.core()));
    }

    void restore(StoredGpu set) {
        use = Objects.requireNonNullElse(set.use(), GpuUse.VGPU);
        mode = set.mode();
        scheduler = set.scheduler().normal();
        wantedVirtualFunctions = Math.clamp(
                set.enabledVirtualFunctions(), GpuConfiguration.ON_DEMAND, configuration.totalVirtualFunctions());
        if (set.removed()) {
            phase = GpuPhase.REMOVED;
            reason = "An operator removed it.";
        }
    }

    StoredGpu stored(boolean removed) {
        return new StoredGpu(StoredGpu.SCHEMA, use, mode, scheduler, wantedVirtualFunctions, removed);
    }

    /** @throws io.lamella.vgpu.VgpuException if it has vGPUs */
    void applyMode(GpuMode wanted) {
        HostGpu now = host;
        if (now != null) {
            now.manager()
                    .setMode(
                            switch (wanted) {
                                case EQUAL -> PlacementMode.EQUAL_SIZE;
                                case MIXED -> PlacementMode.MIXED_SIZE;
                            });
        }
        mode = wanted;
    }

    /** @throws io.lamella.vgpu.VgpuException if vGPUs have some */
    void applyVirtualFunctions(int wanted) {
        HostGpu now = host;
        if (now != null) {
            now.manager().setVirtualFunctions(wanted);
        }
        wantedVirtualFunctions = wanted;
    }

    void applyScheduler(SchedulerDefinition wanted) {
        HostGpu now = host;
        if (now != null) {
            now.board().engines().setPolicy(wanted.toPolicy());
        }
        scheduler = wanted;
    }

    /** Takes in what drives it from now on, with all settings that an operator made. */
    void take(@Nullable GpuUser now) {
        user = now;
        host = now instanceof HostGpu gpu ? gpu : null;
        applyMode(mode);
        applyScheduler(scheduler);
        applyVirtualFunctions(wantedVirtualFunctions);
    }

    /** The running GPU, if it is for vGPUs. @throws NodeException {@code OTHER_USE}, {@code GPU_GONE} */
    HostGpu running() {
        HostGpu now = host;
        if (now == null && phase == GpuPhase.RUNNING) {
            throw new NodeException(
                    NodeErrorCode.OTHER_USE,
                    "GPU " + name() + " is for " + use.text() + " and has no vGPUs; lamella gpu mode " + name()
                            + " vgpu changes that.");
        }
        if (now == null || phase != GpuPhase.RUNNING) {
            throw new NodeException(
                    NodeErrorCode.GPU_GONE,
                    "GPU " + name() + " is " + phase.text() + (reason.isEmpty() ? "." : ": " + reason));
        }
        return now;
    }

    /** @param heldBy who holds it */
    GpuView view(List<String> heldBy) {
        HostGpu now = host;
        if (now == null) {
            GpuUser other = user;
            return new GpuView(
                    name(),
                    revision,
                    phase,
                    reason,
                    board.name(),
                    other == null ? null : other.board().uuid().toString(),
                    other == null ? null : board.chip(),
                    other == null ? null : board.product(),
                    other == null ? null : address.toString(),
                    other == null ? null : board.id().toString(),
                    other == null
                            ? null
                            : other.description()
                                    .map(GpuDescription::firmwareRelease)
                                    .orElse(null),
                    configuration.core(),
                    use,
                    other instanceof PassthroughGpu whole ? whole.socket().toString() : null,
                    heldBy,
                    mode,
                    scheduler,
                    null,
                    wantedVirtualFunctions,
                    0,
                    configuration.totalVirtualFunctions(),
                    0);
        }
        GpuDescription what = now.core().description();
        FbUsage fb = now.manager().fbUsage();
        return new GpuView(
                name(),
                revision,
                phase,
                reason,
                board.name(),
                now.board().uuid().toString(),
                what.chip(),
                what.name(),
                what.address().toString(),
                "%04x:%04x".formatted(what.vendorId(), what.deviceId()),
                what.firmwareRelease(),
                configuration.core(),
                use,
                null,
                heldBy,
                mode,
                scheduler,
                new FrameBufferView(
                        what.fbSizeBytes(),
                        fb.usableBytes(),
                        fb.freeBytes(),
                        fb.largestFreeBytes(),
                        fb.quarantinedBytes()),
                wantedVirtualFunctions,
                now.manager().enabledVirtualFunctions(),
                what.totalVirtualFunctions(),
                now.manager().vgpus().size());
    }
}
