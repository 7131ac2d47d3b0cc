// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.host;

import io.lamella.gpu.mmu.MemoryView;
import io.lamella.gpu.mmu.MmuFault;
import io.lamella.gpu.mmu.PhysicalView;
import io.lamella.hw.method.HostMethod;
import io.lamella.hw.method.HostMethod.SetObject;
import io.lamella.hw.method.PushBuffer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A channel: it reads its push buffer and sends each method to host or to the object that is bound on the method's subchannel. What it does is
 * for the engines' one thread; where it stands in the queue is {@link EngineThread}'s, under its lock.
 */
public final class Channel {
    /** How long an acquire may wait where the driver asked for a limit. */
    static final long ACQUIRE_TIMEOUT_NANOS = 2_000_000_000L;

    /** How many words are executed between two looks at the clock. */
    private static final int WORDS_PER_LOOK = 64;

    /** Where a channel stands. */
    enum State {
        /** Nothing to do until its doorbell rings. */
        IDLE,
        READY,
        RUNNING,
        /** Waits for a semaphore. */
        WAITING,
        /** Freed, or stopped for an error. */
        DEAD
    }

    /** What a turn ended with. */
    enum Outcome {
        IDLE,
        MORE,
        WAITING,
        FAULTED
    }

    private final FunctionChannels owner;
    private final ChannelSpec spec;
    private final PushReader reader;
    private final HostUnit host;
    private final @Nullable EngineObject[] objects = new EngineObject[HostMethod.SUBCHANNELS];
    private final @Nullable EngineClass[] classes = new EngineClass[HostMethod.SUBCHANNELS];
    private final EngineContext context;

    // Guarded by the engine thread's lock.
    State state = State.IDLE;
    volatile boolean scheduled;
    /** The doorbell has rung and the turn that answers it has not begun. */
    volatile boolean rang;

    volatile boolean dying;
    /** Somebody waits for the turn to end. */
    volatile boolean yields;

    // The header that is being executed.
    private PushBuffer.Op op = PushBuffer.Op.INCREMENTING;
    private int method;
    private int subchannel;
    private int dataWords;

    private @Nullable EngineObject busy;
    private @Nullable FaultReport fault;
    private boolean progressed;
    private long waitingSince;
    private boolean waits;

    Channel(FunctionChannels owner, ChannelSpec spec) {
        this.owner = owner;
        this.spec = spec;
        reader = new PushReader(spec);
        context = new Context();
        host = new HostUnit(context, spec.space());
    }

    public int id() {
        return spec.id();
    }

    public Runlist runlist() {
        return spec.runlist();
    }

    /** Whether its turns may wait for its driver's side. */
    boolean usesMessages() {
        return spec.space().memory().usesMessages();
    }

    FunctionChannels owner() {
        return owner;
    }

    /** Why it was stopped, after {@link Outcome#FAULTED}. */
    @Nullable
    FaultReport fault() {
        return fault;
    }

    /** Whether the last turn did more than look at a semaphore. */
    boolean progressed() {
        return progressed;
    }

    /** Works until the time is over or there is nothing to do. */
    Outcome run(LongSupplier clock, long deadline) {
        progressed = false;
        try {
            return work(clock, deadline);
        } catch (MmuFault e) {
            fault = new FaultReport(
                    spec.id(),
                    spec.runlist(),
                    ChannelFault.XID_MMU_FAULT,
                    e.getMessage(),
                    e.address(),
                    e.type().number());
        } catch (ChannelFault e) {
            fault = new FaultReport(spec.id(), spec.runlist(), e.xid(), String.valueOf(e.getMessage()), 0, 0);
        } catch (RuntimeException | Error e) {
            // A defect here, or memory that vanished in the middle of an access: no reason to stop other channels.
            fault = new FaultReport(
                    spec.id(), spec.runlist(), spec.runlist().faultXid(), "The engine failed: " + e + ".", 0, 0);
        }
        return Outcome.FAULTED;
    }

    private Outcome work(LongSupplier clock, long deadline) throws ChannelFault, MmuFault {
        for (int steps = 1; !dying; steps = (steps + 1) & 0xffff) {
            EngineObject working = busy;
            if (working != null) {
                working.advance();
                progressed = true;
                if (!working.isBusy()) {
                    busy = null;
                }
                if (yields || clock.getAsLong() - deadline >= 0) {
                    return Outcome.MORE;
                }
                continue;
            }
            if (host.isAcquiring() && !host.tryAcquire()) {
                return waiting(clock.getAsLong());
            }
            waits = false;
            if (host.takeYield() || yields || (steps % WORDS_PER_LOOK == 0 && clock.getAsLong() - deadline >= 0)) {
                return Outcome.MORE;
            }
            if (reader.hasWord()) {
                step(reader.word());
                progressed = true;
            } else if (!reader.fetch()) {
                return Outcome.IDLE;
            }
        }
        return Outcome.IDLE;
    }

    private Outcome waiting(long now) throws ChannelFault {
        if (!waits) {
            waits = true;
            waitingSince = now;
        } else if (spec.timesOut() && now - waitingSince > ACQUIRE_TIMEOUT_NANOS) {
            throw ChannelFault.pushBuffer(host.acquireSentence());
        }
        return Outcome.WAITING;
    }

    private void step(int word) throws ChannelFault, MmuFault {
        if (dataWords == 0) {
            header(word);
            return;
        }
        dataWords--;
        int target = method;
        switch (op) {
            case INCREMENTING, INCREMENTING_OLD -> method = next(method);
            case INCREMENT_ONCE -> {
                method = next(method);
                op = PushBuffer.Op.NON_INCREMENTING;
            }
            default -> {}
        }
        execute(target, word);
    }

    private static int next(int offset) {
        return (offset + 4) & 0x3ffc;
    }

    private void header(int word) throws ChannelFault, MmuFault {
        op = PushBuffer.op(word);
        switch (op) {
            case INVALID ->
                throw ChannelFault.pushBuffer("0x" + Integer.toHexString(word) + " is no header of a push buffer.");
            case SUBDEVICE_MASK -> {}
            case END_SEGMENT -> reader.endSegment();
            case IMMEDIATE -> {
                subchannel = PushBuffer.subchannel(word);
                execute(PushBuffer.methodOffset(word), PushBuffer.immediateData(word));
            }
            default -> {
                subchannel = PushBuffer.subchannel(word);
                method = PushBuffer.methodOffset(word);
                dataWords = PushBuffer.dataWords(word);
            }
        }
    }

    private void execute(int offset, int data) throws ChannelFault, MmuFault {
        if (offset >= HostMethod.FIRST_ENGINE_OFFSET) {
            EngineObject object = objects[subchannel];
            if (object == null) {
                throw ChannelFault.pushBuffer("Method 0x" + Integer.toHexString(offset) + " came for subchannel "
                        + subchannel + ", which has no object.");
            }
            object.method(offset, data);
            if (object.isBusy()) {
                busy = object;
            }
        } else if (offset == HostMethod.SET_OBJECT.offset()) {
            int number = new SetObject(data).classId();
            EngineClass type = spec.runlist().engineClass(number);
            if (type == null) {
                throw new ChannelFault(
                        spec.runlist().faultXid(),
                        "Engine " + spec.runlist().name() + " has no class 0x" + Integer.toHexString(number) + ".");
            }
            // What is bound again keeps its state, as it is the engine's and not the binding's.
            if (!type.equals(classes[subchannel])) {
                objects[subchannel] = type.create(context);
                classes[subchannel] = type;
            }
        } else {
            host.method(offset, data);
        }
    }

    private final class Context implements EngineContext {
        private final PhysicalView video = new PhysicalView(spec.space().memory(), false);
        private final PhysicalView system = new PhysicalView(spec.space().memory(), true);

        @Override
        public MemoryView virtual() {
            return spec.space();
        }

        @Override
        public MemoryView physicalVideo() {
            return video;
        }

        @Override
        public MemoryView physicalSystem() {
            return system;
        }

        @Override
        public boolean isPrivileged() {
            return spec.privileged();
        }

        @Override
        public boolean mayUsePhysical() {
            return spec.physical();
        }

        @Override
        public long timeNanos() {
            return owner.timeNanos();
        }

        @Override
        public void raiseNonStall() {
            owner.raise(spec.runlist().nonStallVector());
        }

        @Override
        public Runlist runlist() {
            return spec.runlist();
        }
    }
}
