// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.gsp;

import io.lamella.gpu.ce.CopyEngines;
import io.lamella.gpu.gr.GraphicsEngine;
import io.lamella.gpu.host.FaultReport;
import io.lamella.gpu.host.FunctionChannels;
import io.lamella.gpu.host.Runlist;
import io.lamella.gpu.mmu.EngineMemory;
import io.lamella.gpu.mmu.FunctionMemory;
import io.lamella.gpu.port.GspBoot;
import io.lamella.gpu.port.GspHost;
import io.lamella.gpu.port.GspPort;
import io.lamella.gpu.rm.ResourceManager;
import io.lamella.gpu.rm.RmExtension;
import io.lamella.gpu.rm.RmIdentity;
import io.lamella.gpu.rm.UnsupportedCalls;
import io.lamella.gpu.trace.BootStep;
import io.lamella.hw.Architecture;
import io.lamella.hw.gsp.BootStructs;
import io.lamella.pci.DmaFaultException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * The GSP of one function: it runs the firmware's side of the queues on the function's tasks. Until it is started it costs nothing but this
 * object.
 */
public final class GspInstance implements GspPort {
    private static final Logger LOG = System.getLogger(GspInstance.class.getName());

    /** A driver that reads makes room without ringing, so a full queue is looked at again: at first soon, then at longer intervals. */
    private static final long MIN_RETRY_MILLIS = 1;

    private static final long MAX_RETRY_MILLIS = 128;

    private final GspHost host;
    private final FunctionMemory memory;
    private final RmIdentity identity;
    private final @Nullable RmExtension extension;
    private final GspObserver observer;
    private final UnsupportedCalls unsupported = new UnsupportedCalls();
    private final AtomicBoolean queued = new AtomicBoolean();
    private final Object lock = new Object();
    private final FunctionChannels channels;
    private final EngineMemory engineMemory;
    /** What a doorbell has to carry beside a channel. */
    private final int doorbellBits;

    private volatile @Nullable GspSession session;
    private volatile GspStatus.State state = GspStatus.State.OFF;
    private volatile String haltReason = "";
    private volatile @Nullable GspSession last;
    /** Its driver comes back for it, perhaps. Guarded by the lock. */
    private @Nullable GspSession suspended;

    private FunctionMemory.Bindings savedBindings = new FunctionMemory.Bindings(-1, -1);
    private long argumentsAddress;
    private int stops;
    private long retryMillis = MIN_RETRY_MILLIS;
    private final AtomicBoolean retryWaits = new AtomicBoolean();
    private boolean eventSent;
    private long failures;

    /**
     * Makes it; use it as {@code host -> new GspInstance(host, memory, identity, extension)}.
     *
     * @param memory of the same function
     * @param identity what its driver is told that the GPU is
     * @param extension what this function's firmware can do beyond others, or null; closed with this
     */
    public GspInstance(GspHost host, FunctionMemory memory, RmIdentity identity, @Nullable RmExtension extension) {
        this(host, memory, identity, extension, GspObserver.NONE);
    }

    /**
     * The same with someone who sees its states and its channels' errors.
     *
     * @param observer who sees them
     */
    public GspInstance(
            GspHost host,
            FunctionMemory memory,
            RmIdentity identity,
            @Nullable RmExtension extension,
            GspObserver observer) {
        this.observer = observer;
        this.host = host;
        this.memory = memory;
        this.identity = identity;
        this.extension = extension;
        engineMemory = new EngineMemory(memory.mmu());
        Architecture architecture = host.shape().chip().architecture();
        doorbellBits = architecture.doorbellToken(0, 0);
        channels = new FunctionChannels(
                host.name(),
                host.gfid(),
                host.engines(),
                runlists(architecture),
                host::raise,
                host::timerNanos,
                this::channelStopped);
    }

    private static List<Runlist> runlists(Architecture architecture) {
        List<Runlist> all = new ArrayList<>(CopyEngines.runlists(architecture));
        all.add(GraphicsEngine.runlist(architecture));
        return all;
    }

    @Override
    public void start(GspBoot boot) {
        int stopsBefore;
        forgetSuspended();
        synchronized (lock) {
            stopsBefore = stops;
            session = null;
            haltReason = "";
            state = GspStatus.State.STARTING;
        }
        memory.mmu().connect(host.dma());
        trace(BootStep.GSP_START, boot.libosArgsAddress());
        GspSession started;
        try {
            MessageQueues queues = BootArguments.openQueues(host.dma(), boot.libosArgsAddress());
            argumentsAddress = BootArguments.findArguments(host.dma(), boot.libosArgsAddress());
            started = new GspSession(
                    memory,
                    boot,
                    identity,
                    extension,
                    channels,
                    engineMemory,
                    unsupported,
                    this::eventWritten,
                    this::schedule,
                    host.trace(),
                    queues);
        } catch (GspFault e) {
            halt(null, e);
            return;
        } catch (DmaFaultException e) {
            halt(null, new GspFault("The boot arguments cannot be read: " + e.getMessage()));
            return;
        }
        synchronized (lock) {
            if (stops != stopsBefore) {
                return;
            }
            session = started;
            last = started;
        }
        host.setRiscvActive(true);
        schedule();
    }

    @Override
    public boolean resume() {
        GspSession kept;
        synchronized (lock) {
            kept = suspended;
            if (kept == null) {
                return false;
            }
            suspended = null;
            haltReason = "";
            state = GspStatus.State.STARTING;
            session = kept;
            last = kept;
        }
        memory.mmu().connect(host.dma());
        memory.restore(savedBindings);
        try {
            MemorySegment arguments = MemorySegment.ofArray(new byte[kept.argumentBytes()]);
            host.dma().read(argumentsAddress, arguments);
            kept.goOn(arguments);
        } catch (GspFault e) {
            halt(kept, e);
            return true;
        } catch (DmaFaultException e) {
            halt(kept, new GspFault("The arguments cannot be read: " + e.getMessage()));
            return true;
        }
        trace(BootStep.GSP_RESUMED, 0);
        channels.goOn(FunctionChannels.Pause.POWER);
        host.setRiscvActive(true);
        schedule();
        return true;
    }

    /** Nobody comes back for what is suspended. */
    public void forgetSuspended() {
        boolean was;
        synchronized (lock) {
            was = suspended != null;
            suspended = null;
            if (state == GspStatus.State.SUSPENDED) {
                state = GspStatus.State.OFF;
            }
        }
        if (was) {
            channels.stopAndWait();
        }
    }

    @Override
    public void doorbell() {
        schedule();
    }

    private void schedule() {
        if (session != null && queued.compareAndSet(false, true)) {
            try {
                host.tasks().execute(this::work);
            } catch (RejectedExecutionException e) {
                // Too much waits already; the next doorbell tries again. The driver's access must not fail for it.
                queued.set(false);
            }
        }
    }

    private void work() {
        queued.set(false);
        GspSession current = session;
        if (current == null) {
            return;
        }
        try {
            GspSession.Outcome outcome = current.work();
            if (session != current) {
                return;
            }
            if (current.isRunning() && state == GspStatus.State.STARTING) {
                state = GspStatus.State.RUNNING;
                observer.stateChanged(GspStatus.State.RUNNING);
                trace(BootStep.GSP_RUNNING, 0);
            }
            if (eventSent) {
                eventSent = false;
                host.raiseGspInterrupt();
            }
            switch (outcome) {
                case IDLE -> retryMillis = MIN_RETRY_MILLIS;
                case MORE -> schedule();
                case BLOCKED -> retryLater();
                case UNLOADED -> unload(current);
            }
        } catch (GspFault e) {
            halt(current, e);
        } catch (RuntimeException e) {
            // Its driver can do that again and again: the first time is told, all are in the status.
            LOG.log(
                    failures++ == 0 ? Level.WARNING : Level.DEBUG,
                    host.name() + ": a command made the GSP fail; it halts.",
                    e);
            halt(current, new GspFault("The firmware failed: " + e));
        }
    }

    private void eventWritten() {
        eventSent = true;
    }

    private void retryLater() {
        if (retryWaits.compareAndSet(false, true)) {
            CompletableFuture.delayedExecutor(retryMillis, TimeUnit.MILLISECONDS)
                    .execute(this::retry);
            retryMillis = Math.min(2 * retryMillis, MAX_RETRY_MILLIS);
        }
    }

    private void retry() {
        retryWaits.set(false);
        schedule();
    }

    private void unload(GspSession ended) {
        // A physical function's vGPUs cannot sleep with it: for them it ends.
        boolean sleeps = ended.sleeps() && extension == null;
        synchronized (lock) {
            if (session != ended) {
                return;
            }
            session = null;
            state = sleeps ? GspStatus.State.SUSPENDED : GspStatus.State.UNLOADED;
            suspended = sleeps ? ended : null;
            savedBindings = memory.bindings();
        }
        if (sleeps) {
            trace(BootStep.GSP_SUSPENDED, 0);
            channels.pause(FunctionChannels.Pause.POWER);
        } else {
            trace(BootStep.GSP_UNLOADED, 0);
            channels.stopAndWait();
        }
        observer.stateChanged(sleeps ? GspStatus.State.SUSPENDED : GspStatus.State.UNLOADED);
        memory.unbind();
        if (extension != null) {
            extension.stopped();
        }
        host.setMailbox(0, BootStructs.MAILBOX_UNLOADED);
        host.setRiscvActive(false);
    }

    private void halt(@Nullable GspSession failed, GspFault fault) {
        synchronized (lock) {
            if (session != failed) {
                return;
            }
            session = null;
            state = GspStatus.State.HALTED;
            haltReason = String.valueOf(fault.getMessage());
        }
        LOG.log(Level.DEBUG, () -> host.name() + ": the GSP halts. " + fault.getMessage());
        host.trace().boot(BootStep.GSP_HALTED, String.valueOf(fault.getMessage()), 0, 1);
        channels.stopAndWait();
        observer.stateChanged(GspStatus.State.HALTED);
        if (extension != null) {
            extension.stopped();
        }
        host.setRiscvActive(false);
    }

    @Override
    public void hostDoorbell(int value) {
        if (extension != null && session != null) {
            extension.hostDoorbell(value);
        }
    }

    @Override
    public void stop() {
        boolean ran;
        boolean asleep;
        synchronized (lock) {
            stops++;
            ran = session != null;
            session = null;
            state = suspended == null ? GspStatus.State.OFF : GspStatus.State.SUSPENDED;
            asleep = suspended != null;
            haltReason = "";
        }
        if (ran) {
            trace(BootStep.GSP_STOPPED, 0);
        }
        if (!asleep) {
            channels.stop();
        }
        memory.unbind();
        if (ran && extension != null) {
            extension.stopped();
        }
    }

    @Override
    public void reset() {
        stop();
        forgetSuspended();
        channels.stopAndWait();
        last = null;
        retryMillis = MIN_RETRY_MILLIS;
        eventSent = false;
        queued.set(false);
    }

    @Override
    public void close() {
        stop();
        forgetSuspended();
        channels.stopAndWait();
        if (extension != null) {
            extension.close();
        }
    }

    @Override
    public void workDoorbell(int token) {
        if ((token & doorbellBits) == doorbellBits) {
            channels.doorbell(token);
        }
    }

    @Override
    public boolean isQuiet() {
        return channels.isQuiet();
    }

    private void trace(BootStep step, long argument) {
        host.trace().boot(step, "GSP", argument, 0);
    }

    /** The function's channels. Any thread. */
    public FunctionChannels channels() {
        return channels;
    }

    /** On the engines' thread: the driver is told by the function's own task. */
    private void channelStopped(FaultReport report) {
        host.trace().fault(report);
        observer.channelStopped(report);
        LOG.log(
                Level.DEBUG,
                () -> host.name() + ": channel " + report.channelId() + " on "
                        + report.runlist().name() + " was stopped (Xid " + report.xid() + "). " + report.sentence());
        try {
            host.tasks().execute(() -> {
                GspSession current = session;
                ResourceManager manager = current == null ? null : current.resourceManager();
                if (manager != null) {
                    manager.channelStopped(report);
                    work();
                }
            });
        } catch (RejectedExecutionException e) {
            LOG.log(
                    Level.DEBUG,
                    () -> host.name() + ": the driver was not told of a stopped channel. " + e.getMessage());
        }
    }

    /** What it does now. Any thread. */
    public GspStatus status() {
        GspSession shown = last;
        return new GspStatus(
                state,
                shown == null ? "" : shown.release(),
                haltReason,
                shown == null ? 0 : shown.commands(),
                shown == null ? 0 : shown.events(),
                shown == null ? 0 : shown.eventsDropped(),
                session == null || shown == null ? 0 : shown.objects(),
                unsupported.calls());
    }

    /** The registry keys that the driver set, by name. Any thread. */
    public Map<String, String> registry() {
        GspSession shown = last;
        return shown == null ? Map.of() : shown.registry();
    }

    /** Sends the driver an event of its subdevice, where it asked for it. Any thread; without effect when no firmware runs. */
    public void postEvent(int notifier, MemorySegment eventData) {
        host.tasks().execute(() -> {
            GspSession current = session;
            ResourceManager manager = current == null ? null : current.resourceManager();
            if (manager != null) {
                manager.postEvent(notifier, eventData);
                work();
            }
        });
    }
}
