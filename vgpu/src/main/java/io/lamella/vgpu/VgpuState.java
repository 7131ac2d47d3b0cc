// SPDX-License-Identifier: Apache-2.0
package io.lamella.vgpu;

import java.util.EnumSet;
import java.util.Map;
import java.util.Set;

/**
 * Where a virtual function with its vGPU is in its life. Which verb leads from which state to which is the table of {@link LifeCycle};
 * the changes of state that this makes, and that the loss of the GPU makes, are {@link #next}. There are no others.
 */
public enum VgpuState {
    /** No type: the virtual function is an empty handle. Of a vGPU it means that nothing is left of it. */
    EMPTY,
    /** It has a type and a placement, and nothing of the GPU yet. */
    ASSIGNED,
    /** Its parts are being taken, in order. */
    STARTING,
    /** Its firmware task runs and it can be given to a VM. */
    ACTIVE,
    /** Its firmware task is being set back and its memory cleared, for the next VM. */
    RESETTING,
    /** A reset did not succeed. It can be tried again, or the vGPU can be stopped; no VM gets it as it is. */
    FAILED,
    /** Its parts are being given back, in reverse order. */
    STOPPING,
    /** Giving back did not succeed: what the firmware may still be using stays fenced until the clean-up is repeated with success. */
    QUARANTINED,
    /** The GPU is gone. Nothing works any more; releasing lets go of what is left. */
    GONE;

    private static final Map<VgpuState, Set<VgpuState>> NEXT = Map.of(
            EMPTY, EnumSet.of(ASSIGNED),
            ASSIGNED, EnumSet.of(STARTING, EMPTY, GONE),
            STARTING, EnumSet.of(ACTIVE, STOPPING, GONE),
            ACTIVE, EnumSet.of(RESETTING, STOPPING, GONE),
            RESETTING, EnumSet.of(ACTIVE, FAILED, GONE),
            FAILED, EnumSet.of(RESETTING, STOPPING, GONE),
            STOPPING, EnumSet.of(ASSIGNED, EMPTY, QUARANTINED, GONE),
            QUARANTINED, EnumSet.of(STOPPING, GONE),
            GONE, EnumSet.of(EMPTY));

    /** The states that may follow this one. */
    public Set<VgpuState> next() {
        return Set.copyOf(NEXT.getOrDefault(this, Set.of()));
    }

    /** Whether {@code state} may follow this one. */
    public boolean mayBecome(VgpuState state) {
        return NEXT.getOrDefault(this, Set.of()).contains(state);
    }

    /** Whether a verb is being carried out. */
    public boolean isPassing() {
        return this == STARTING || this == RESETTING || this == STOPPING;
    }
}
