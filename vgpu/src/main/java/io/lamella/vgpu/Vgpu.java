// SPDX-License-Identifier: Apache-2.0
package io.lamella.vgpu;

import static io.lamella.vgpu.Parts.made;

import io.lamella.core.ChannelRange;
import io.lamella.core.CoreEvent;
import io.lamella.core.CoreResource;
import io.lamella.core.CoreSession;
import io.lamella.core.FbRange;
import io.lamella.core.GpuGoneException;
import io.lamella.core.RmException;
import io.lamella.core.VirtualFunction;
import io.lamella.vgpu.CreationSteps.Step;
import io.lamella.vgpu.LifeCycle.Allowed;
import io.lamella.vgpu.VgpuException.Reason;
import io.lamella.vgpu.placement.Placement;
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
    private final Consumer<Vgpu> forget;

    /** Held by whoever carries the vGPU from one resting state to another. */
    private final ReentrantLock operation = new ReentrantLock();

    private final GuestWatch guest;
    private final Life life;

    /** How many steps of the table are done and not taken back. Guarded by {@link #operation}. */
    private int done;

    Vgpu(
            CoreSession session,
            CreationSteps steps,
            Parts parts,
            GuestWatch guest,
            VgpuEvent.Listener listener,
            Consumer<Vgpu> forget) {
        this.guest = guest;
        this.session = session;
        this.steps = steps;
        this.parts = parts;
        this.life = new Life(parts, listener);
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

    /** Where it lies on the GPU. */
    public Placement placement() {
        return parts.placement;
    }

    public VgpuParameters parameters() {
        return parts.parameters;
    }

    public VgpuState state() {
        return life.state();
    }

    /** How many of its channels were stopped for an error since it was made. */
    public long channelFaults() {
        return guest.total();
    }

    /** The firmware stopped a channel of it. */
    void channelStopped(CoreEvent.ChannelError error, String engine, String text) {
        ChannelRange own = parts.channels;
        // The firmware speaks of the board's channels, the guest of its own.
        int first = own == null ? 0 : own.first();
        life.tell(guest.stopped(this, error.channelId() - first, engine, error.exceptionType(), text));
    }

    /** Whether the channel of the board is one of its own. */
    boolean owns(int channelId) {
        ChannelRange own = parts.channels;
        return own != null && channelId >= own.first() && channelId - own.first() < own.count();
    }

    /** The firmware task tells of the guest's driver. */
    void guestDriverChanged(CoreEvent.GuestDriver.Change change) {
        life.tell(guest.changed(this, change));
    }

    /** The vGPU as it is now. */
    public VgpuInfo info() {
        Life.Standing now = life.now();
        FbRange fb = parts.frameBuffer;
        var channels = parts.channels;
        HostRpcChannel rpc = parts.rpc;
        return new VgpuInfo(
                parts.uuid,
                parts.type,
                parts.function,
                now.state(),
                now.reason(),
                parts.placement,
                parts.parameters,
                fb == null ? -1 : fb.offset(),
                fb == null ? 0 : fb.sizeBytes(),
                channels == null ? -1 : channels.first(),
                channels == null ? 0 : channels.count(),
                rpc == null ? 0 : rpc.version(),
                parts.busMaster);
    }

    /** The virtual function has its type and the placement is reserved. */
    void assigned() {
        operation.lock();
        try {
            Allowed move = life.allowed(VgpuVerb.ASSIGN);
            life.enter(
                    move.to(),
                    "",
                    "Virtual function " + parts.function.index() + " has type " + parts.type.name()
                            + " and placement id " + parts.placement.id() + ".");
        } finally {
            operation.unlock();
        }
    }

    /**
     * Takes the parts of the vGPU in order and starts its firmware task. Returns when that runs and is configured.
     *
     * @throws VgpuException {@code WRONG_STATE}; or a step failed, and then what was made is taken back, or is in quarantine where that
     *     failed too
     */
    public void start() {
        operation.lock();
        try {
            Allowed move = life.begin(VgpuVerb.START, "It is being started.");
            for (Step step : steps.table()) {
                try {
                    step.make().run(parts);
                    done++;
                } catch (RuntimeException e) {
                    if (step.uncertain() && !(e instanceof RmException)) {
                        done++;
                    }
                    throw failedStart(step, e);
                }
            }
            if (!life.enter(move.to(), "", "It runs on virtual function " + parts.function.index() + ".")) {
                takeBack();
                throw life.gone();
            }
        } finally {
            operation.unlock();
        }
    }

    private VgpuException failedStart(Step step, RuntimeException cause) {
        String what = "vGPU " + parts.uuid + " (" + parts.type.name() + ") was not started: step \"" + step.name()
                + "\" failed. " + VgpuException.sentenceOf(cause);
        life.enter(VgpuState.STOPPING, "", what);
        if (takeBack()) {
            life.enter(VgpuState.ASSIGNED, what, "What had been made for the start is taken back.");
        } else {
            what += " What had been made could not be taken back: " + life.now().reason();
        }
        return new VgpuException(VgpuException.reasonOf(cause), what, cause);
    }

    /**
     * Sets the firmware task back and clears the memory, so that the vGPU is as new. For when its VM is gone.
     *
     * @throws VgpuException {@code WRONG_STATE}; {@code FIRMWARE} if it did not succeed, and then the vGPU is FAILED
     */
    public void reset() {
        operation.lock();
        try {
            Allowed move = life.begin(VgpuVerb.RESET, "It is being reset.");
            try {
                made(parts.rpc).reset();
                life.tell(guest.reset(this));
                if (parts.busMaster) {
                    made(parts.rpc).updateBusMaster(false);
                    parts.busMaster = false;
                }
                session.scrub(made(parts.frameBuffer));
            } catch (RuntimeException e) {
                String what = "The reset of vGPU " + parts.uuid + " failed. " + VgpuException.sentenceOf(e);
                life.enter(move.otherwise(), what, what);
                throw new VgpuException(VgpuException.reasonOf(e), what, e);
            }
            if (!life.enter(move.to(), "", "It is reset, its memory is cleared.")) {
                throw life.gone();
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
            if (state() != VgpuState.ACTIVE) {
                throw life.refusal(
                        "tell of bus mastering", "Its firmware task does not run. Only an ACTIVE vGPU's does.");
            }
            try {
                made(parts.rpc).updateBusMaster(enabled);
                parts.busMaster = enabled;
            } catch (RuntimeException e) {
                throw new VgpuException(
                        VgpuException.reasonOf(e),
                        "The firmware task of vGPU " + parts.uuid + " did not take the bus-master state. "
                                + VgpuException.sentenceOf(e),
                        e);
            }
        } finally {
            operation.unlock();
        }
    }

    /**
     * Changes the settings, all of them or none. While the vGPU runs, only those of the scheduler may change; they take effect at once.
     *
     * @throws VgpuException {@code PARAMETERS} with all that is wrong, {@code WRONG_STATE}, {@code FIRMWARE}
     */
    public void setParameters(VgpuParameters wanted) {
        operation.lock();
        try {
            ParameterCatalogue.check(wanted, parts.type);
            VgpuParameters now = parts.parameters;
            switch (state()) {
                case ASSIGNED -> parts.parameters = wanted;
                case ACTIVE -> {
                    ParameterCatalogue.checkRunning(now, wanted);
                    if (!now.equals(wanted)) {
                        made(parts.rpc).setScheduling(wanted);
                        parts.parameters = wanted;
                    }
                }
                default ->
                    throw life.refusal("change the settings", "Settings are for a vGPU that is ASSIGNED or ACTIVE.");
            }
        } finally {
            operation.unlock();
        }
    }

    /**
     * Stops the firmware task, clears the memory and gives everything back, in the reverse order of the start. The type stays assigned.
     *
     * @throws VgpuException {@code FIRMWARE} if that did not succeed: the vGPU is in quarantine; {@code WRONG_STATE}
     */
    public void stop() {
        operation.lock();
        try {
            Allowed move = life.begin(VgpuVerb.STOP, "It is being stopped.");
            life.tell(guest.reset(this));
            takeBackOrThrow();
            life.enter(move.to(), "", "It is stopped and its memory cleared; its type stays assigned.");
        } finally {
            operation.unlock();
        }
    }

    /**
     * Takes the type away: the virtual function is an empty handle again, and nothing is left of the vGPU.
     *
     * @throws VgpuException {@code WRONG_STATE}
     */
    public void release() {
        operation.lock();
        try {
            Allowed move = life.allowed(VgpuVerb.RELEASE);
            // Only on a GPU that is gone there is anything left, and then giving it back is only letting go.
            if (state() == VgpuState.GONE) {
                takeBackOrThrow();
            }
            if (life.enter(move.to(), "", "Nothing is left of it.")) {
                forget.accept(this);
            } else {
                release();
            }
        } finally {
            operation.unlock();
        }
    }

    /**
     * Stops it where it runs, and releases it. Without effect once released.
     *
     * @throws VgpuException as {@link #stop} and {@link #release}
     */
    public void destroy() {
        operation.lock();
        try {
            if (state() == VgpuState.EMPTY) {
                return;
            }
            if (state() != VgpuState.ASSIGNED && state() != VgpuState.GONE) {
                stop();
            }
            release();
        } finally {
            operation.unlock();
        }
    }

    /**
     * Repeats the clean-up of a vGPU in quarantine from where it failed. If it succeeds, its memory is clear, its parts are free again
     * and nothing is left of it.
     *
     * @param by who wants it, for the record
     * @throws VgpuException {@code WRONG_STATE} if it is not in quarantine, {@code FIRMWARE} if the clean-up failed again
     */
    public void clearQuarantine(String by) {
        operation.lock();
        try {
            String why = life.now().reason();
            Allowed move =
                    life.begin(VgpuVerb.CLEAR, by + " has its clean-up repeated. It was in quarantine because " + why);
            takeBackOrThrow();
            if (life.enter(
                    move.to(),
                    "",
                    "Its quarantine is cleared by " + by + ": " + (parts.type.fbLengthBytes() >> 20)
                            + " MiB of frame buffer at placement id " + parts.placement.id()
                            + " are scrubbed and free again. It had been in quarantine because " + why)) {
                forget.accept(this);
            } else {
                release();
            }
        } finally {
            operation.unlock();
        }
    }

    /** {@link #clearQuarantine(String)} by the manager's owner. */
    public void clearQuarantine() {
        clearQuarantine("the owner");
    }

    private void takeBackOrThrow() {
        if (!takeBack()) {
            throw new VgpuException(
                    Reason.FIRMWARE,
                    "vGPU " + parts.uuid + " (" + parts.type.name() + ") is in quarantine: "
                            + life.now().reason());
        }
    }

    /** Takes the steps back that are done, last first. @return false if one failed; then this one and those before it stay as they are */
    private boolean takeBack() {
        boolean gpuGone = false;
        while (done > 0) {
            Step step = steps.table().get(done - 1);
            try {
                step.undo().run(parts);
            } catch (GpuGoneException e) {
                gpuGone = true;
            } catch (RuntimeException e) {
                String why = "step \"" + step.name() + "\" could not be taken back. " + VgpuException.sentenceOf(e)
                        + " Its memory and channels stay fenced until the clean-up is repeated with success.";
                life.enter(VgpuState.QUARANTINED, why, why);
                return false;
            }
            done--;
        }
        if (gpuGone) {
            parts.held().forEach(CoreResource::close);
        }
        return true;
    }

    /** The GPU is gone, or its firmware stopped for good. */
    void lost(String reason) {
        life.enter(VgpuState.GONE, reason, reason);
    }

    /** The manager closes: what is in quarantine must not go to another client of the core. */
    void abandon() {
        operation.lock();
        try {
            String why = "vGPU " + parts.uuid + ": " + life.now().reason();
            parts.held().forEach(part -> part.quarantine(why));
        } finally {
            operation.unlock();
        }
    }
}
