// SPDX-License-Identifier: Apache-2.0
package io.lamella.host.node;

import io.lamella.host.GpuUse;
import java.util.List;

/** Which changes of a GPU's use are made, and what each asks for first. */
final class UseChanges {
    private UseChanges() {}

    /** What becomes of a wish. */
    enum Verdict {
        /** It is used so already. */
        NOTHING_TO_DO,
        /** The GPU is away: the wish is kept, and counts when it is back. */
        KEEP,
        /** Nobody has it, so it is opened for the new use. */
        OPEN,
        /** It goes from one user to the other as soon as nobody holds it. */
        CHANGE_WHEN_IDLE,
        /** It comes or goes at the moment. */
        REFUSE
    }

    /** The table. Every use may follow every other one; what counts is where the GPU is in its life. */
    static Verdict of(GpuPhase phase, GpuUse from, GpuUse to) {
        return switch (phase) {
            case STARTING, REMOVING -> Verdict.REFUSE;
            case RUNNING, LOST -> from == to ? Verdict.NOTHING_TO_DO : Verdict.CHANGE_WHEN_IDLE;
            case FAILED -> from == to ? Verdict.NOTHING_TO_DO : Verdict.OPEN;
            case REMOVED -> from == to ? Verdict.NOTHING_TO_DO : Verdict.KEEP;
        };
    }

    /** The refusal to a GPU that is held. */
    static NodeException held(String gpu, GpuUse from, GpuUse to, List<String> holders) {
        String remedy = switch (from) {
            case VGPU -> "Stop or delete them, and clear what is in quarantine.";
            case DRM -> "Close them.";
            case PASSTHROUGH -> "Switch the VM off.";
        };
        return new NodeException(
                NodeErrorCode.GPU_IN_USE,
                "GPU " + gpu + " cannot go from " + from.text() + " to " + to.text() + " while somebody holds it: "
                        + String.join(", ", holders) + ". " + remedy,
                holders.stream()
                        .map(holder -> new NodeProblem("gpus." + gpu, holder))
                        .toList());
    }
}
