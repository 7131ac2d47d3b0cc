// SPDX-License-Identifier: Apache-2.0
package io.lamella.host.node;

import io.lamella.host.HostGpu;
import io.lamella.vfio.VfioVgpu;
import io.lamella.vgpu.Vgpu;
import io.lamella.vgpu.VgpuInfo;
import io.lamella.vgpu.VgpuState;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A vGPU in a node's table: its definition, and where it is if it runs. Fields are changed by whoever holds the guard, and read by anyone. */
final class VgpuEntry {
    final UUID uuid;
    final String createdAt;
    final Guard guard;

    volatile VgpuDefinition definition;
    volatile long revision;

    /** Whether the definition is in the store, so that the vGPU is shown and found. */
    volatile boolean stored;

    /** Whether it is to be started again when its GPU comes back. */
    volatile boolean wanted;

    volatile @Nullable HostGpu home;

    /** Why it does not run although it should; a sentence or empty. */
    volatile String trouble = "";

    VgpuEntry(UUID uuid, VgpuDefinition definition, String createdAt) {
        this.uuid = uuid;
        this.definition = definition;
        this.createdAt = createdAt;
        this.guard = new Guard("vGPU " + definition.name());
    }

    String name() {
        return Objects.requireNonNull(definition.name());
    }

    EventLog.About about() {
        HostGpu on = home;
        return new EventLog.About(on == null ? null : on.name(), uuid.toString(), name());
    }

    @Nullable
    Vgpu vgpu() {
        HostGpu on = home;
        return on == null ? null : on.manager().find(uuid).orElse(null);
    }

    boolean isShown() {
        return stored || phase() == VgpuPhase.QUARANTINED;
    }

    VgpuPhase phase() {
        Vgpu vgpu = vgpu();
        return vgpu == null ? VgpuPhase.STOPPED : phase(vgpu.state());
    }

    private static VgpuPhase phase(VgpuState state) {
        return switch (state) {
            case STARTING -> VgpuPhase.STARTING;
            case ACTIVE -> VgpuPhase.RUNNING;
            case RESETTING -> VgpuPhase.RESETTING;
            case FAILED -> VgpuPhase.FAILED;
            case STOPPING -> VgpuPhase.STOPPING;
            case QUARANTINED -> VgpuPhase.QUARANTINED;
            case GONE -> VgpuPhase.LOST;
            case EMPTY, ASSIGNED -> VgpuPhase.STOPPED;
        };
    }

    VgpuView view() {
        VgpuDefinition what;
        long at;
        synchronized (this) {
            what = definition;
            at = revision;
        }
        return new VgpuView(uuid.toString(), name(), at, stored, createdAt, what, status());
    }

    VgpuStatus status() {
        HostGpu on = home;
        Vgpu vgpu = vgpu();
        String running = guard.running();
        if (on == null || vgpu == null) {
            return new VgpuStatus(
                    VgpuPhase.STOPPED, trouble, running, null, null, null, null, null, false, null, null, 0, null, 0);
        }
        VgpuInfo info = vgpu.info();
        VfioVgpu served = on.served(uuid).orElse(null);
        return new VgpuStatus(
                phase(info.state()),
                info.reason().isEmpty() ? trouble : info.reason(),
                running,
                on.name(),
                info.function().index(),
                info.function().address().toString(),
                info.function().gfid(),
                served == null ? null : served.socket().toString(),
                served != null && served.isAttached(),
                info.placement().id(),
                info.fbOffset() < 0 ? null : info.fbOffset(),
                info.fbBytes(),
                info.firstChannel() < 0 ? null : info.firstChannel(),
                info.channels());
    }
}
