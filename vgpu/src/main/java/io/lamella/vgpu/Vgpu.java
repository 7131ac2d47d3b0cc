// SPDX-License-Identifier: Apache-2.0
package io.lamella.vgpu;

import static io.lamella.vgpu.Parts.made;

import io.lamella.core.CoreException;
import io.lamella.core.CoreResource;
import io.lamella.core.CoreSession;
import io.lamella.core.FbRange;
import io.lamella.core.GpuGoneException;
import io.lamella.core.RmException;
import io.lamella.core.VirtualFunction;
import io.lamella.vgpu.CreationSteps.Step;
import io.lamella.vgpu.VgpuException.Reason;
import io.lamella.vgpu.rpc.HostRpcChannel;
import io.lamella.vgpu.type.VgpuType;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/**
 * A vGPU. Methods may be called from any thread; those that change it wait for each other, and every wait for the firmware has a limit.
 */
public final class Vgpu {
    private final CoreSession session;
    private final CreationSteps steps;
    private final Parts parts;
    private final VgpuEvent.Listener listener;
    private final Consumer<Vgpu> forget;

    /** Held by whoever carries the vGPU from one resting state to another. */
    private final ReentrantLock operation = new ReentrantLock();

    private final Object stateLock = new Object();
    private volatile Standing standing = new Standing(VgpuState.CREATING, "");

    /** How many steps of the table are done and not taken back. Guarded by {@link #operation}. */
    private int done;

    private record Standing(VgpuState state, String reason) {}

    Vgpu(CoreSession session, CreationSteps steps, Parts parts, VgpuEvent.Listener listener, Consumer<Vgpu> forget) {
        this.session = session;
        this.steps = steps;
        this.parts = parts;
        this.listener = listener;
        this.forget = forget;
    }

    public UUID uuid() {
        return parts.uuid;
    }

    public VgpuType type() {
        return parts.type;
    }

    public VirtualFunction function() {
        return parts.function;
    }

    public VgpuState state() {
        return standing.state;
    }

    /** The vGPU as it is now. */
    public VgpuInfo info() {
        Standing now = standing;
        FbRange fb = parts.frameBuffer;
        var channels = parts.channels;
        HostRpcChannel rpc = parts.rpc;
        return new VgpuInfo(
                parts.uuid,
                parts.type,
                parts.function,
                now.state,
                now.reason,
                fb == null ? -1 : fb.offset(),
                fb == null ? 0 : fb.sizeBytes(),
                channels == null ? -1 : channels.first(),
                channels == null ? 0 : channels.count(),
                rpc == null ? 0 : rpc.version(),
                parts.busMaster);
    }

    /** Runs the steps of creation. @throws VgpuException if one failed; then what was made is taken back, or in quarantine */
    void create() {
        operation.lock();
        try {
            for (Step step : steps.table()) {
                try {
                    step.make().run(parts);
                    done++;
                } catch (RuntimeException e) {
                    if (step.uncertain() && !(e instanceof RmException)) {
                        done++;
                    }
                    throw failedCreation(step, e);
                }
            }
            if (!move(VgpuState.ACTIVE, "", "It runs on virtual function " + parts.function.index() + ".")) {
                unwind();
                throw gone();
            }
        } finally {
            operation.unlock();
        }
    }

    private VgpuException failedCreation(Step step, RuntimeException cause) {
        String what = "vGPU " + parts.uuid + " (" + parts.type.name() + ") was not created: step \"" + step.name()
                + "\" failed. " + sentence(cause);
        move(VgpuState.DESTROYING, "", what);
        if (!unwind()) {
            what += " What had been made could not be taken back: " + standing.reason;
        }
        return new VgpuException(reasonOf(cause), what, cause);
    }

    /**
     * Sets the firmware task back and clears the memory, so that the vGPU is as new. For when its VM is gone.
     *
     * @throws VgpuException {@code WRONG_STATE}; {@code FIRMWARE} if it did not succeed, and then the vGPU is FAILED
     */
    public void reset() {
        operation.lock();
        try {
            move(VgpuState.RESETTING, "reset", "It is being reset.", VgpuState.ACTIVE, VgpuState.FAILED);
            try {
                made(parts.rpc).reset();
                if (parts.busMaster) {
                    made(parts.rpc).updateBusMaster(false);
                    parts.busMaster = false;
                }
                session.scrub(made(parts.frameBuffer));
            } catch (RuntimeException e) {
                String what = "The reset of vGPU " + parts.uuid + " failed. " + sentence(e);
                move(VgpuState.FAILED, what, what);
                throw new VgpuException(reasonOf(e), what, e);
            }
            if (!move(VgpuState.ACTIVE, "", "It is reset, its memory is cleared.")) {
                throw gone();
            }
        } finally {
            operation.unlock();
        }
    }

    /**
     * Tells the firmware task whether the function may do DMA. Returns when the task has taken note.
     *
     * @throws VgpuException {@code WRONG_STATE}, {@code FIRMWARE}
     */
    public void setBusMaster(boolean enabled) {
        operation.lock();
        try {
            require("tell of bus mastering", VgpuState.ACTIVE);
            try {
                made(parts.rpc).updateBusMaster(enabled);
                parts.busMaster = enabled;
            } catch (RuntimeException e) {
                throw new VgpuException(
                        reasonOf(e),
                        "The firmware task of vGPU " + parts.uuid + " did not take the bus-master state. "
                                + sentence(e),
                        e);
            }
        } finally {
            operation.unlock();
        }
    }

    /**
     * Stops the firmware task, clears the memory and gives everything back, in the reverse order of creation. Without effect once
     * destroyed.
     *
     * @throws VgpuException {@code FIRMWARE} if that did not succeed: the vGPU is in quarantine; {@code WRONG_STATE} if it already is
     */
    public void destroy() {
        operation.lock();
        try {
            VgpuState now = state();
            if (now == VgpuState.DESTROYED) {
                return;
            }
            if (now != VgpuState.GONE) {
                move(VgpuState.DESTROYING, "destroy", "It is being destroyed.", VgpuState.ACTIVE, VgpuState.FAILED);
            }
            finishUnwinding();
        } finally {
            operation.unlock();
        }
    }

    /**
     * Repeats the clean-up of a vGPU in quarantine from where it failed. If it succeeds, its parts are free again.
     *
     * @throws VgpuException {@code WRONG_STATE} if it is not in quarantine, {@code FIRMWARE} if the clean-up failed again
     */
    public void clearQuarantine() {
        operation.lock();
        try {
            move(VgpuState.DESTROYING, "clear the quarantine", "Its clean-up is repeated.", VgpuState.QUARANTINED);
            finishUnwinding();
        } finally {
            operation.unlock();
        }
    }

    private void finishUnwinding() {
        if (!unwind()) {
            throw new VgpuException(
                    Reason.FIRMWARE,
                    "vGPU " + parts.uuid + " (" + parts.type.name() + ") is in quarantine: " + standing.reason);
        }
    }

    /** Takes the steps back that are done, last first. @return false if one failed; then this one and those before it stay as they are */
    private boolean unwind() {
        boolean gpuGone = false;
        while (done > 0) {
            Step step = steps.table().get(done - 1);
            try {
                step.undo().run(parts);
            } catch (GpuGoneException e) {
                gpuGone = true;
            } catch (RuntimeException e) {
                String why = "step \"" + step.name() + "\" could not be taken back. " + sentence(e)
                        + " Its memory and channels stay fenced until the clean-up is repeated with success.";
                move(VgpuState.QUARANTINED, why, why);
                return false;
            }
            done--;
        }
        if (gpuGone) {
            parts.held().forEach(CoreResource::close);
        }
        move(VgpuState.DESTROYED, "", "Nothing is left of it.");
        forget.accept(this);
        return true;
    }

    /** The GPU is gone, or its firmware stopped for good. */
    void lost(String reason) {
        move(VgpuState.GONE, reason, reason);
    }

    /** The manager closes: what is in quarantine must not go to another client of the core. */
    void abandon() {
        operation.lock();
        try {
            String why = "vGPU " + parts.uuid + ": " + standing.reason;
            parts.held().forEach(part -> part.quarantine(why));
        } finally {
            operation.unlock();
        }
    }

    private void move(VgpuState to, String action, String sentence, VgpuState... from) {
        require(action, from);
        if (!move(to, "", sentence)) {
            throw gone();
        }
    }

    private void require(String action, VgpuState... allowed) {
        VgpuState now = state();
        if (now == VgpuState.GONE) {
            throw gone();
        }
        for (VgpuState state : allowed) {
            if (state == now) {
                return;
            }
        }
        Standing at = standing;
        throw new VgpuException(
                Reason.WRONG_STATE,
                "Cannot " + action + ": vGPU " + parts.uuid + " is " + at.state + ", and must be "
                        + String.join(
                                " or ",
                                java.util.Arrays.stream(allowed).map(Enum::name).toList()) + "."
                        + (at.reason.isEmpty() ? "" : " The reason: " + at.reason));
    }

    private VgpuException gone() {
        return new VgpuException(Reason.GPU_GONE, "The GPU of vGPU " + parts.uuid + " is gone. " + standing.reason);
    }

    /** Changes the state if the table allows it. It does not if the GPU went away in between, which any thread may report. */
    private boolean move(VgpuState to, String reason, String sentence) {
        synchronized (stateLock) {
            VgpuState from = standing.state;
            if (!from.mayBecome(to)) {
                return false;
            }
            standing = new Standing(to, reason);
            listener.onEvent(new VgpuEvent.StateChanged(parts.uuid, parts.type.name(), from, to, sentence));
            return true;
        }
    }

    private static String sentence(RuntimeException e) {
        String text = e.getMessage();
        return text == null ? e.toString() : text;
    }

    private static Reason reasonOf(RuntimeException e) {
        return switch (e) {
            case VgpuException own -> own.reason();
            case GpuGoneException _ -> Reason.GPU_GONE;
            case CoreException core ->
                switch (core.error()) {
                    case NO_SPACE -> Reason.NO_FRAME_BUFFER;
                    case GONE -> Reason.GPU_GONE;
                    case CLOSED -> Reason.CLOSED;
                    default -> Reason.FIRMWARE;
                };
            default -> Reason.FIRMWARE;
        };
    }
}
