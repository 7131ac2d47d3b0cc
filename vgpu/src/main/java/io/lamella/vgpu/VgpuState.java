// SPDX-License-Identifier: Apache-2.0
package io.lamella.vgpu;

import java.util.EnumSet;
import java.util.Map;
import java.util.Set;

/** Where a vGPU is in its life. The table of legal moves is {@link #next}; there are no others. */
public enum VgpuState {
    /** Its parts are being taken, in order. */
    CREATING,
    /** Its firmware task runs and it can be given to a VM. */
    ACTIVE,
    /** Its firmware task is being set back and its memory cleared, for the next VM. */
    RESETTING,
    /** A reset did not succeed. It can be tried again, or the vGPU can be destroyed; no VM gets it as it is. */
    FAILED,
    /** Its parts are being given back, in reverse order. */
    DESTROYING,
    /** Giving back did not succeed: what the firmware may still be using stays fenced until the clean-up is repeated with success. */
    QUARANTINED,
    /** The GPU is gone. Nothing works any more; destroying lets go of what is left. */
    GONE,
    /** Nothing is left of it. */
    DESTROYED;

    private static final Map<VgpuState, Set<VgpuState>> NEXT = Map.of(
            CREATING, EnumSet.of(ACTIVE, DESTROYING, GONE),
            ACTIVE, EnumSet.of(RESETTING, DESTROYING, GONE),
            RESETTING, EnumSet.of(ACTIVE, FAILED, GONE),
            FAILED, EnumSet.of(RESETTING, DESTROYING, GONE),
            DESTROYING, EnumSet.of(DESTROYED, QUARANTINED, GONE),
            QUARANTINED, EnumSet.of(DESTROYING, GONE),
            GONE, EnumSet.of(DESTROYED),
            DESTROYED, EnumSet.noneOf(VgpuState.class));

    /** The states that may follow this one. */
    public Set<VgpuState> next() {
        return Set.copyOf(NEXT.getOrDefault(this, Set.of()));
    }

    /** Whether {@code state} may follow this one. */
    public boolean mayBecome(VgpuState state) {
        return NEXT.getOrDefault(this, Set.of()).contains(state);
    }
}
