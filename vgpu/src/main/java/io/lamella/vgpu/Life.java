// SPDX-License-Identifier: Apache-2.0
package io.lamella.vgpu;

import io.lamella.vgpu.LifeCycle.Allowed;
import io.lamella.vgpu.LifeCycle.Refused;
import io.lamella.vgpu.VgpuException.Reason;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Where one vGPU is in its life, why, and what may be done now. Its events come one after the other, whichever thread they are from. The
 * loss of the GPU may come from any thread at any time; verbs come one at a time, which the vGPU sees to.
 */
final class Life {
    private final Parts parts;
    private final VgpuEvent.Listener listener;
    private final Object lock = new Object();
    private volatile Standing standing = new Standing(VgpuState.EMPTY, "");

    /**
     * A moment of it.
     *
     * @param state where it is
     * @param reason why, as a sentence, where there is something to explain
     */
    record Standing(VgpuState state, String reason) {}

    Life(Parts parts, VgpuEvent.Listener listener) {
        this.parts = parts;
        this.listener = listener;
    }

    Standing now() {
        return standing;
    }

    VgpuState state() {
        return standing.state;
    }

    void tell(@Nullable VgpuEvent event) {
        if (event != null) {
            synchronized (lock) {
                listener.onEvent(event);
            }
        }
    }

    /** Changes the state if the table allows it. It does not if the GPU went away in between. */
    boolean enter(VgpuState to, String reason, String sentence) {
        synchronized (lock) {
            VgpuState from = standing.state;
            if (!from.mayBecome(to)) {
                return false;
            }
            standing = new Standing(to, reason);
            listener.onEvent(new VgpuEvent.StateChanged(parts.uuid, parts.type.name(), from, to, sentence));
            return true;
        }
    }

    /** Where a verb leads from here. @throws VgpuException {@code WRONG_STATE} or {@code GPU_GONE} if it is refused */
    Allowed allowed(VgpuVerb verb) {
        return switch (LifeCycle.rule(state(), verb)) {
            case Allowed allowed -> allowed;
            case Refused refused -> throw refusal(verb.name().toLowerCase(Locale.ROOT), refused.sentence());
        };
    }

    /** Begins a verb. @throws VgpuException as {@link #allowed} */
    Allowed begin(VgpuVerb verb, String sentence) {
        Allowed move = allowed(verb);
        if (!enter(move.through(), "", sentence)) {
            throw gone();
        }
        return move;
    }

    /** That something cannot be done now. */
    VgpuException refusal(String action, String rule) {
        Standing at = standing;
        if (at.state == VgpuState.GONE) {
            return gone();
        }
        return new VgpuException(
                Reason.WRONG_STATE,
                "Cannot " + action + ": vGPU " + parts.uuid + " is " + at.state + ". " + rule
                        + (at.reason.isEmpty() ? "" : " The reason of its state: " + at.reason));
    }

    VgpuException gone() {
        return new VgpuException(Reason.GPU_GONE, "The GPU of vGPU " + parts.uuid + " is gone. " + standing.reason);
    }
}
