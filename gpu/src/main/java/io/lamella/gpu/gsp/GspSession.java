// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.gsp;

import io.lamella.gpu.host.FunctionChannels;
import io.lamella.gpu.mmu.EngineMemory;
import io.lamella.gpu.mmu.FunctionMemory;
import io.lamella.gpu.port.GspBoot;
import io.lamella.gpu.rm.FbLayout;
import io.lamella.gpu.rm.Registry;
import io.lamella.gpu.rm.ResourceManager;
import io.lamella.gpu.rm.RmExtension;
import io.lamella.gpu.rm.RmIdentity;
import io.lamella.gpu.rm.RmSystem;
import io.lamella.gpu.rm.SystemInfo;
import io.lamella.gpu.rm.UnsupportedCalls;
import io.lamella.gpu.trace.FunctionTrace;
import io.lamella.hw.gsp.GspAbi;
import io.lamella.hw.gsp.GspEvent;
import io.lamella.hw.gsp.GspFunction;
import io.lamella.hw.gsp.GspQueue;
import io.lamella.hw.gsp.NvStatus;
import io.lamella.hw.struct.Struct;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** One life of the firmware: from its start to its end, on the function's tasks. */
final class GspSession {
    /** How many messages one task answers before it lets others run. */
    private static final int BATCH = 32;

    /** How many messages may wait for room in the status queue before events are dropped. */
    private static final int MAX_WAITING = 64;

    /** The most that a message and its continuation records may carry together. */
    static final int MAX_TOTAL_BYTES = 1 << 20;

    private static final MemorySegment EMPTY = MemorySegment.ofArray(new byte[0]);

    private final FunctionMemory memory;
    private final GspBoot boot;
    private final RmIdentity identity;
    private final @Nullable RmExtension extension;
    private final FunctionChannels channels;
    private final EngineMemory engineMemory;
    private final UnsupportedCalls unsupported;
    private final Runnable onEvent;
    private final Runnable onWaiting;
    private final FunctionTrace trace;
    private final MessageQueues queues;
    private long callNanos;
    private final ArrayDeque<Outgoing> waiting = new ArrayDeque<>();
    private @Nullable Reassembly reassembly;
    private @Nullable GspAbi abi;
    private @Nullable SystemInfo systemInfo;
    private Map<String, String> registry = Map.of();
    private volatile @Nullable ResourceManager rm;
    private volatile long commands;
    private volatile long events;
    private volatile long eventsDropped;
    private boolean unloaded;
    private boolean sleeps;
    private boolean working;

    private record Outgoing(int function, int sequence, int result, MemorySegment payload, boolean isEvent) {}

    /** A message that is longer than one element carries. */
    private static final class Reassembly {
        private final RpcMessage first;
        private final MemorySegment whole;
        private long filled;

        Reassembly(RpcMessage first, long totalBytes) {
            this.first = first;
            whole = MemorySegment.ofArray(new byte[(int) totalBytes]);
            filled = first.payload().byteSize();
            MemorySegment.copy(first.payload(), 0, whole, 0, filled);
        }
    }

    /** What {@link #work} found. */
    enum Outcome {
        /** Nothing left to do until the driver rings. */
        IDLE,
        /** More commands wait. */
        MORE,
        /** The driver has to make room in the status queue first. */
        BLOCKED,
        /** The driver has said good-bye and was answered. */
        UNLOADED
    }

    GspSession(
            FunctionMemory memory,
            GspBoot boot,
            RmIdentity identity,
            @Nullable RmExtension extension,
            FunctionChannels channels,
            EngineMemory engineMemory,
            UnsupportedCalls unsupported,
            Runnable onEvent,
            Runnable onWaiting,
            FunctionTrace trace,
            MessageQueues queues) {
        this.memory = memory;
        this.boot = boot;
        this.identity = identity;
        this.extension = extension;
        this.channels = channels;
        this.engineMemory = engineMemory;
        this.unsupported = unsupported;
        this.onEvent = onEvent;
        this.onWaiting = onWaiting;
        this.trace = trace;
        this.queues = queues;
    }

    boolean isRunning() {
        return rm != null;
    }

    /** Whether the driver's good-bye was for as long as the machine sleeps. */
    boolean sleeps() {
        return sleeps;
    }

    /** Goes on after that. The driver's queues are where they were; its indices too. @throws GspFault if the driver does not say that it resumes */
    void goOn(MemorySegment arguments) throws GspFault {
        GspAbi known = Objects.requireNonNull(abi);
        if (!known.arguments().u8("srInitArguments.bInPMTransition").isSet(arguments, 0)) {
            throw new GspFault("The driver gave back suspended firmware with arguments that do not say so.");
        }
        unloaded = false;
        sleeps = false;
        send(GspEvent.GSP_INIT_DONE, EMPTY);
    }

    int argumentBytes() {
        return Objects.requireNonNull(abi).arguments().sizeBytes();
    }

    String release() {
        GspAbi known = abi;
        return known == null ? "" : known.release();
    }

    long commands() {
        return commands;
    }

    long events() {
        return events;
    }

    long eventsDropped() {
        return eventsDropped;
    }

    int objects() {
        ResourceManager manager = rm;
        return manager == null ? 0 : manager.objectCount();
    }

    Map<String, String> registry() {
        return registry;
    }

    @Nullable
    ResourceManager resourceManager() {
        return rm;
    }

    /** Sends what waits and answers commands. */
    Outcome work() throws GspFault {
        working = true;
        try {
            return doWork();
        } finally {
            working = false;
        }
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // Only the function's tasks count; others read.
    private Outcome doWork() throws GspFault {
        for (int i = 0; i < BATCH; i++) {
            if (!flush()) {
                return Outcome.BLOCKED;
            }
            if (unloaded) {
                return Outcome.UNLOADED;
            }
            RpcMessage message = queues.next();
            if (message == null) {
                return Outcome.IDLE;
            }
            message = reassemble(message);
            if (message != null) {
                commands++;
                callNanos = trace.begin();
                trace.call(abi, message.function(), message.sequence(), message.payload());
                handle(message);
            }
        }
        return flush() ? Outcome.MORE : Outcome.BLOCKED;
    }

    private boolean flush() throws GspFault {
        for (Outgoing next = waiting.peek(); next != null; next = waiting.peek()) {
            if (!queues.send(next.function, next.sequence, next.result, next.payload)) {
                return false;
            }
            waiting.remove();
            if (next.isEvent) {
                // Not before it can be read: a driver that was told of it too early would find nothing and not look
                // again.
                onEvent.run();
            }
        }
        return true;
    }

    /** The whole message, or null while parts are missing. */
    private @Nullable RpcMessage reassemble(RpcMessage message) throws GspFault {
        boolean continues = message.function() == GspFunction.CONTINUATION_RECORD.number();
        Reassembly open = reassembly;
        if (open != null) {
            if (!continues) {
                throw new GspFault("Function " + message.function() + " came where function " + open.first.function()
                        + " has to go on: " + open.filled + " of " + open.whole.byteSize() + " bytes are here.");
            }
            long length = message.payload().byteSize();
            if (length == 0 || length > open.whole.byteSize() - open.filled) {
                throw new GspFault("A continuation record carries " + length + " bytes where 1 to "
                        + (open.whole.byteSize() - open.filled) + " are missing.");
            }
            MemorySegment.copy(message.payload(), 0, open.whole, open.filled, length);
            open.filled += length;
            if (open.filled < open.whole.byteSize()) {
                return null;
            }
            reassembly = null;
            return new RpcMessage(open.first.function(), open.first.sequence(), 0, open.whole);
        }
        if (continues) {
            throw new GspFault("A continuation record came with nothing to go on.");
        }
        if (message.payload().byteSize() < GspQueue.MAX_PAYLOAD_BYTES) {
            return message;
        }
        long total = GspFunction.of(message.function())
                .map(function -> ResourceManager.declaredBytes(function, message.payload()))
                .orElse(message.payload().byteSize());
        if (total > MAX_TOTAL_BYTES) {
            throw new GspFault("Function " + message.function() + " announces " + total + " bytes; at most "
                    + MAX_TOTAL_BYTES + " are possible.");
        }
        if (total <= message.payload().byteSize()) {
            return message;
        }
        reassembly = new Reassembly(message, total);
        return null;
    }

    private void handle(RpcMessage message) throws GspFault {
        GspFunction function = GspFunction.of(message.function()).orElse(null);
        ResourceManager manager = rm;
        if (manager == null) {
            start(function, message);
            return;
        }
        if (function == null) {
            reply(message, manager.unknown(message.function(), message.payload()));
            return;
        }
        switch (function) {
            // Both may be sent again and are never answered.
            case GSP_SET_SYSTEM_INFO, SET_REGISTRY -> {}
            case UNLOADING_GUEST_DRIVER -> {
                Struct layout = Objects.requireNonNull(abi)
                        .payload(GspFunction.UNLOADING_GUEST_DRIVER)
                        .orElseThrow();
                sleeps = layout.fits(message.payload(), 0)
                        && layout.u8("bInPMTransition").isSet(message.payload(), 0);
                // Unlike others this answer has nothing in it: nova-core complains of every byte.
                reply(message, new ResourceManager.Answer(NvStatus.OK.code(), EMPTY));
                unloaded = true;
            }
            default -> reply(message, manager.handle(function, message.payload()));
        }
    }

    /** Before the driver has said what it is there is no resource manager to answer. */
    private void start(@Nullable GspFunction function, RpcMessage message) throws GspFault {
        GspAbi known = abi;
        if (known == null) {
            if (function != GspFunction.GSP_SET_SYSTEM_INFO) {
                throw new GspFault("The driver began with function " + message.function()
                        + " and not with its system information.");
            }
            long length = message.payload().byteSize();
            known = GspAbi.ofSystemInfoPayload(length)
                    .orElseThrow(() -> new GspFault(
                            "System information of " + length + " bytes belongs to no release that is known here."));
            abi = known;
            systemInfo = SystemInfo.read(known, message.payload());
            return;
        }
        if (function != GspFunction.SET_REGISTRY || systemInfo == null) {
            throw new GspFault("The driver sent function " + message.function() + " where its registry has to come.");
        }
        try {
            registry = Registry.read(known, message.payload());
            FbLayout layout = FbLayout.below(boot.nonWprHeapOffset(), boot.frtsOffset(), memory.frameBufferBytes());
            RmSystem system =
                    new RmSystem(known, memory, layout, identity, systemInfo, this::send, channels, engineMemory);
            rm = new ResourceManager(system, unsupported, extension);
        } catch (IllegalArgumentException e) {
            throw new GspFault(String.valueOf(e.getMessage()));
        }
        if (boot.cpuSequencer()) {
            // Nova-core waits for a sequence of register accesses before it waits for the end; an empty one is enough
            // for
            // everyone.
            send(
                    GspEvent.GSP_RUN_CPU_SEQUENCER,
                    MemorySegment.ofArray(
                            new byte
                                    [known.payload(GspEvent.GSP_RUN_CPU_SEQUENCER)
                                            .orElseThrow()
                                            .sizeBytes()]));
        }
        send(GspEvent.GSP_INIT_DONE, EMPTY);
    }

    private void reply(RpcMessage request, ResourceManager.Answer answer) {
        MemorySegment payload = answer.payload();
        trace.reply(abi, request.function(), request.sequence(), answer.result(), payload, callNanos);
        long first = Math.min(payload.byteSize(), GspQueue.MAX_PAYLOAD_BYTES);
        waiting.add(new Outgoing(
                request.function(), request.sequence(), answer.result(), payload.asSlice(0, first), false));
        for (long at = first; at < payload.byteSize(); at += GspQueue.MAX_PAYLOAD_BYTES) {
            long length = Math.min(payload.byteSize() - at, GspQueue.MAX_PAYLOAD_BYTES);
            waiting.add(new Outgoing(
                    GspFunction.CONTINUATION_RECORD.number(),
                    request.sequence(),
                    answer.result(),
                    payload.asSlice(at, length),
                    false));
        }
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // Only the function's tasks count; others read.
    private void send(GspEvent event, MemorySegment payload) {
        if (waiting.size() >= MAX_WAITING) {
            eventsDropped++;
            return;
        }
        events++;
        trace.event(abi, event.number(), payload);
        // Drivers poll for the firmware's start, with interrupts of its life before still armed when they resume; an
        // interrupt would have their
        // handler take the message away from the one that polls.
        boolean ofStart = event == GspEvent.GSP_RUN_CPU_SEQUENCER || event == GspEvent.GSP_INIT_DONE;
        waiting.add(new Outgoing(event.number(), 0, NvStatus.OK.code(), payload, !ofStart));
        if (!working) {
            onWaiting.run();
        }
    }
}
