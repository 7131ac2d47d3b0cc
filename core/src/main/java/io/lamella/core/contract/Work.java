// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.contract;

import io.lamella.core.AddressSpace;
import io.lamella.core.AddressSpace.Access;
import io.lamella.core.Channel;
import io.lamella.core.CoreSession;
import io.lamella.core.EngineInfo;
import io.lamella.core.HostMemory;
import io.lamella.hw.method.CopyMethod;
import io.lamella.hw.method.HostMethod;
import io.lamella.hw.method.HostMethod.SemExecute;
import io.lamella.hw.method.PushBuffer;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;

/** A session that makes a copy engine work: an address space, a push buffer in host memory and a channel. */
final class Work implements AutoCloseable {
    static final long PAGE = 4096;
    /** Where the push buffer is; other binds keep away from it. */
    static final long PUSH = 0x10_0000;

    private static final long LIMIT_MILLIS = 10_000;
    private static final int SUBCHANNEL = 4;
    private static final long PUSH_BYTES = 16 * PAGE;
    private static final long DONE = PUSH_BYTES - 16;
    private static final long GATE = PUSH_BYTES - 32;
    // Pitch to pitch, both virtual, whole lines, not pipelined.
    private static final int LAUNCH = 0x386;
    /** A release waits until the engine has done what came before it. */
    private static final int RELEASE_WFI = 1 << 20;

    private final CoreSession session;
    private final AddressSpace space;
    private final HostMemory push;
    private final Channel channel;
    private long begin;
    private long end;
    private int payload;

    Work(CoreSession session, int entries) {
        this.session = session;
        space = session.createAddressSpace("work");
        push = session.allocateHostMemory("push buffer", PUSH_BYTES);
        space.bind(PUSH, push, 0, PUSH_BYTES, Access.READ_WRITE);
        channel = session.openChannel("work", engine(session), space, entries);
    }

    /** An engine that takes channels. Skips the clause where there is none. */
    static EngineInfo engine(CoreSession session) {
        return session.gpu().engines().stream()
                .filter(engine -> engine.engineClass() != 0)
                .findFirst()
                .orElseThrow(() -> new SkippedClause("The core opens channels for no engine of this GPU."));
    }

    AddressSpace space() {
        return space;
    }

    Channel channel() {
        return channel;
    }

    private void methods(int offset, int... data) {
        word(PushBuffer.incrementing(SUBCHANNEL, offset, data.length));
        for (int value : data) {
            word(value);
        }
    }

    private void word(int value) {
        push.memory().set(ValueLayout.JAVA_INT, end, value);
        end += Integer.BYTES;
    }

    private void semaphore(long at, int value, int operation) {
        long address = PUSH + at;
        methods(HostMethod.SEM_ADDR_LO.offset(), (int) address, (int) (address >>> 32), value, 0, operation);
    }

    /** Adds a copy of whole pages. */
    void copy(long from, long to, long sizeBytes) {
        methods(HostMethod.SET_OBJECT.offset(), channel.engine().engineClass());
        methods(
                CopyMethod.OFFSET_IN_UPPER.offset(),
                (int) (from >>> 32),
                (int) from,
                (int) (to >>> 32),
                (int) to,
                (int) PAGE,
                (int) PAGE,
                (int) PAGE,
                (int) (sizeBytes / PAGE));
        methods(CopyMethod.LAUNCH_DMA.offset(), LAUNCH);
    }

    /** Submits what was added, and behind it a release and a non-stall interrupt. */
    void submit() {
        semaphore(DONE, ++payload, SemExecute.RELEASE | RELEASE_WFI);
        methods(HostMethod.NON_STALL_INTERRUPT.offset(), 0);
        flush();
    }

    private void flush() {
        VarHandle.fullFence();
        channel.submit(PUSH + begin, (int) (end - begin));
        begin = end;
    }

    /** Submits and waits until all of it is done. */
    void finish() {
        submit();
        awaitDone();
    }

    void awaitDone() {
        Expect.soon(
                LIMIT_MILLIS,
                () -> push.memory().get(ValueLayout.JAVA_INT, DONE) == payload,
                "Work is not done after " + LIMIT_MILLIS + " ms"
                        + channel.error().map(e -> ": " + e).orElse("") + ".");
    }

    /** Submits a wait that {@link #openGate} ends. */
    void submitGate() {
        push.memory().set(ValueLayout.JAVA_INT, GATE, 0);
        semaphore(GATE, 1, SemExecute.ACQUIRE);
        flush();
    }

    void openGate() {
        push.memory().set(ValueLayout.JAVA_INT, GATE, 1);
        VarHandle.fullFence();
    }

    /** Submits something that has no effect. */
    void submitNothing() {
        methods(HostMethod.NOP.offset(), 0);
        try {
            flush();
        } finally {
            begin = end;
        }
    }

    /** Gives back all but the session. */
    @Override
    public void close() {
        channel.close();
        space.close();
        push.close();
    }

    CoreSession session() {
        return session;
    }
}
