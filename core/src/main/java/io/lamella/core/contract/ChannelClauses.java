// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.contract;

import io.lamella.core.AddressSpace.Access;
import io.lamella.core.BarMapping;
import io.lamella.core.Channel;
import io.lamella.core.CoreError;
import io.lamella.core.CoreEvent;
import io.lamella.core.CoreException;
import io.lamella.core.CoreSession;
import io.lamella.core.EngineInfo;
import io.lamella.core.FbRange;
import io.lamella.core.FbRequest;
import io.lamella.core.HostMemory;
import java.lang.foreign.ValueLayout;
import java.util.List;

/** Channels, and real work on them. */
final class ChannelClauses {
    private static final long PAGE = 4096;
    private static final long FROM = 0x4000_0000L;
    private static final long TO = 0x8000_0000L;
    private static final long THROUGH = 0x1_0000_0000L;
    private static final long COPY_BYTES = 64 * PAGE;
    private static final long LIMIT_MILLIS = 5_000;

    static final List<Clause> ALL = List.of(
            Clause.quick(
                    "channel.copy",
                    "A copy from host memory through frame buffer to host memory arrives, byte for byte.",
                    ChannelClauses::copies),
            Clause.quick(
                    "channel.properties",
                    "A channel has an id of the core's, the engine and the entries that it was opened with.",
                    ChannelClauses::properties),
            Clause.quick(
                    "channel.open.invalid",
                    "A wrong number of entries or label is refused with INVALID, an engine that the GPU does not have"
                            + " with NOT_FOUND.",
                    ChannelClauses::refusesOpening),
            Clause.quick(
                    "channel.open.own-space",
                    "A space of another session is refused with NOT_FOUND, one that was closed with CLOSED.",
                    ChannelClauses::ownSpace),
            Clause.quick(
                    "channel.submit.invalid",
                    "A push buffer whose address or length is no multiple of 4, or too large, is refused with INVALID.",
                    ChannelClauses::refusesSubmitting),
            Clause.full(
                    "channel.ring-full",
                    "A full ring is BUSY; when the engine goes on, everything that was taken is done, in order.",
                    ChannelClauses::ringFull),
            Clause.full(
                    "channel.fault",
                    "A fault stops the channel: error() and one ChannelError to the owner say so, and submit() answers"
                            + " DEVICE_FAULT.",
                    ChannelClauses::faults),
            Clause.full("channel.fault.others", "Another channel goes on after a fault.", ChannelClauses::othersGoOn),
            Clause.full(
                    "channel.non-stall",
                    "Work that asks for a non-stall interrupt is told by NonStall with the engine's vector.",
                    ChannelClauses::nonStall),
            Clause.full(
                    "channel.close",
                    "A channel that is closed answers CLOSED, does no more work, and its id can be had again.",
                    ChannelClauses::closes),
            Clause.full(
                    "channel.session-ends",
                    "Closing a session in the middle of work ends the work and gives all back.",
                    ChannelClauses::endsWithSession),
            Clause.alone(
                    "channel.gone",
                    "Once the function is gone submit, bind, unbind and pendingEntries throw GpuGoneException.",
                    ChannelClauses::answersGone));

    private ChannelClauses() {}

    private static CoreSession session(Trial trial) {
        trial.since(1, 2);
        return trial.attach();
    }

    private static void copies(Trial trial) {
        CoreSession session = session(trial);
        try (Work work = new Work(session, 16);
                HostMemory from = session.allocateHostMemory("from", COPY_BYTES);
                HostMemory to = session.allocateHostMemory("to", COPY_BYTES);
                FbRange through = session.allocateFb(FbRequest.pages("through", COPY_BYTES));
                BarMapping seen = session.map(through)) {
            for (long at = 0; at < COPY_BYTES; at += Long.BYTES) {
                from.memory().set(ValueLayout.JAVA_LONG, at, at * 0x9e37_79b9_7f4a_7c15L);
            }
            work.space().bind(FROM, from, 0, COPY_BYTES, Access.READ_ONLY);
            work.space().bind(THROUGH, through, 0, COPY_BYTES, Access.READ_WRITE);
            work.space().bind(TO, to, 0, COPY_BYTES, Access.READ_WRITE);
            work.copy(FROM, THROUGH, COPY_BYTES);
            work.copy(THROUGH, TO, COPY_BYTES);
            work.finish();
            Expect.same(-1L, from.memory().mismatch(to.memory()), "The first byte in which a copy differs");
            Expect.same(
                    from.memory().get(ValueLayout.JAVA_LONG, PAGE + 8),
                    seen.readLong(PAGE + 8),
                    "What BAR1 shows of the copy in frame buffer");
            Expect.same(0, work.channel().pendingEntries(), "The number of pending entries after all was done");
            Expect.that(work.channel().error().isEmpty(), "A channel without an error has one.");
            session.scrub(through);
        }
    }

    private static void properties(Trial trial) {
        CoreSession session = session(trial);
        EngineInfo engine = Work.engine(session);
        try (Work work = new Work(session, 32)) {
            Channel channel = work.channel();
            Expect.same(engine, channel.engine(), "The engine");
            Expect.same(32, channel.entries(), "The number of entries");
            Expect.same("work", channel.label(), "The label");
            Expect.that(
                    channel.channelId() >= 0
                            && channel.channelId() < trial.gpu().channelIds(),
                    "The channel id is " + channel.channelId() + ".");
            try (Channel other = session.openChannel("other", engine, work.space(), 8)) {
                Expect.that(
                        other.channelId() != channel.channelId(),
                        "Two channels of one runlist have the id " + other.channelId() + ".");
            }
        }
    }

    private static void refusesOpening(Trial trial) {
        CoreSession session = session(trial);
        EngineInfo engine = Work.engine(session);
        try (Work work = new Work(session, 8)) {
            for (int entries : new int[] {0, 1, 3, -8, CoreSession.MOST_ENTRIES * 2, Integer.MIN_VALUE}) {
                Expect.refused(
                        CoreError.INVALID,
                        "openChannel() with " + entries + " entries",
                        () -> session.openChannel("wrong", engine, work.space(), entries));
            }
            for (String label : FrameBufferClauses.wrongLabels()) {
                Expect.refused(
                        CoreError.INVALID,
                        "openChannel() with a label of " + label.length() + " characters",
                        () -> session.openChannel(label, engine, work.space(), 8));
            }
            EngineInfo unknown = new EngineInfo(
                    "CE99",
                    engine.engineType() + 99,
                    engine.runlistId(),
                    engine.nonStallVector(),
                    engine.engineClass());
            Expect.refused(
                    CoreError.NOT_FOUND,
                    "openChannel() of an engine CE99",
                    () -> session.openChannel("wrong", unknown, work.space(), 8));
        }
    }

    private static void ownSpace(Trial trial) {
        CoreSession session = session(trial);
        CoreSession other = trial.attach();
        EngineInfo engine = Work.engine(session);
        try (Work work = new Work(session, 8)) {
            Expect.refused(
                    CoreError.NOT_FOUND,
                    "openChannel() with another session's space",
                    () -> other.openChannel("wrong", engine, work.space(), 8));
            work.space().close();
            Expect.refused(
                    CoreError.CLOSED,
                    "openChannel() with a space that was closed",
                    () -> session.openChannel("wrong", engine, work.space(), 8));
        }
    }

    private static void refusesSubmitting(Trial trial) {
        CoreSession session = session(trial);
        try (Work work = new Work(session, 8)) {
            long[][] wrong = {
                {Work.PUSH + 2, 4},
                {Work.PUSH, 2},
                {Work.PUSH, 0},
                {Work.PUSH, -4},
                {Work.PUSH, Channel.MOST_PUSH_BYTES + 4},
                {-4, 4},
                {Long.MIN_VALUE, 4},
                {Long.MAX_VALUE - 3, 4}
            };
            for (long[] one : wrong) {
                Expect.refused(
                        CoreError.INVALID,
                        "submit() of " + one[1] + " bytes at " + one[0],
                        () -> work.channel().submit(one[0], (int) one[1]));
            }
            work.finish();
        }
    }

    private static void ringFull(Trial trial) {
        CoreSession session = session(trial);
        int entries = 8;
        try (Work work = new Work(session, entries)) {
            work.submitGate();
            int taken = 0;
            boolean full = false;
            // The engine may hold some entries beside those of the ring.
            while (!full && taken < entries + 64) {
                try {
                    work.submitNothing();
                    taken++;
                } catch (CoreException refusal) {
                    Expect.same(CoreError.BUSY, refusal.error(), "The answer of a full ring");
                    full = true;
                }
            }
            Expect.that(full, "A ring of " + entries + " entries took " + taken + " that wait.");
            Expect.that(
                    work.channel().pendingEntries() > 0 && work.channel().pendingEntries() < entries,
                    work.channel().pendingEntries() + " of " + entries + " entries are pending in a full ring.");
            work.openGate();
            Expect.soon(
                    LIMIT_MILLIS,
                    () -> work.channel().pendingEntries() == 0,
                    "Entries are pending " + LIMIT_MILLIS + " ms after the engine could go on.");
            work.finish();
        }
    }

    private static void faults(Trial trial) {
        trial.since(1, 2);
        EventRecord owner = new EventRecord();
        EventRecord other = new EventRecord();
        CoreSession session = trial.attach(owner);
        trial.attach(other);
        try (Work work = new Work(session, 8)) {
            work.copy(FROM, TO, PAGE);
            work.submit();
            CoreEvent.ChannelError told = owner.await(
                    CoreEvent.ChannelError.class,
                    error -> error.channelId() == work.channel().channelId());
            Expect.same(0, told.gfid(), "The function of the error");
            Expect.that(told.exceptionType() != 0, "The error has number 0.");
            Expect.same(told, work.channel().error().orElse(null), "What error() says");
            Expect.refused(
                    CoreError.DEVICE_FAULT,
                    "submit() after a fault",
                    () -> work.channel().submit(Work.PUSH, 4));
            Expect.that(work.channel().isHeld(), "A channel is not held any more because of its fault.");
            Expect.same(1, owner.heard(CoreEvent.ChannelError.class).size(), "The number of times that it was told");
            Expect.same(
                    List.of(),
                    other.heard(CoreEvent.ChannelError.class),
                    "The list of errors that another client heard");
        }
    }

    private static void othersGoOn(Trial trial) {
        CoreSession session = session(trial);
        CoreSession other = trial.attach();
        try (Work bad = new Work(session, 8);
                Work good = new Work(other, 8)) {
            good.finish();
            bad.copy(FROM, TO, PAGE);
            bad.submit();
            Expect.soon(LIMIT_MILLIS, () -> bad.channel().error().isPresent(), "A fault is not noticed.");
            good.finish();
            Expect.that(good.channel().error().isEmpty(), "A channel has the error of another.");
            try (Work next = new Work(session, 8)) {
                next.finish();
            }
        }
    }

    private static void nonStall(Trial trial) {
        trial.since(1, 2);
        EventRecord record = new EventRecord();
        CoreSession session = trial.attach(record);
        EngineInfo engine = Work.engine(session);
        if (engine.nonStallVector() < 0) {
            throw new SkippedClause(engine.name() + " has no non-stall interrupt.");
        }
        try (Work work = new Work(session, 8)) {
            work.finish();
            record.await(CoreEvent.NonStall.class, event -> event.vector() == engine.nonStallVector());
        }
    }

    private static void closes(Trial trial) {
        CoreSession session = session(trial);
        int id = -1;
        for (int round = 0; round < 4; round++) {
            Work work = new Work(session, 8);
            try (work) {
                work.finish();
                Expect.that(
                        round == 0 || work.channel().channelId() == id,
                        "A channel id is not given out again: " + id + " became "
                                + work.channel().channelId() + ".");
                id = work.channel().channelId();
            }
            Expect.that(!work.channel().isHeld(), "A channel is held after close().");
            Expect.refused(
                    CoreError.CLOSED,
                    "submit() after close()",
                    () -> work.channel().submit(Work.PUSH, 4));
            Expect.refused(
                    CoreError.CLOSED,
                    "pendingEntries() after close()",
                    () -> work.channel().pendingEntries());
        }
    }

    private static void endsWithSession(Trial trial) throws Exception {
        CoreSession keeper = session(trial);
        try (Work first = new Work(keeper, 8)) {
            first.finish();
        }
        long free = keeper.fbUsage().freeBytes();
        CoreSession session = trial.attach();
        Work work = new Work(session, 8);
        work.submitGate();
        Expect.within(LIMIT_MILLIS, "Closing a session in the middle of work", session::close);
        Expect.that(
                !work.channel().isHeld() && !work.space().isHeld(), "A channel is held after its session was closed.");
        Expect.same(free, keeper.fbUsage().freeBytes(), "The free frame buffer");
        try (Work next = new Work(keeper, 8)) {
            next.finish();
        }
    }

    private static void answersGone(Trial trial) {
        trial.since(1, 2);
        EventRecord record = new EventRecord();
        CoreSession session = trial.attach(record);
        Work work = new Work(session, 8);
        HostMemory memory = session.allocateHostMemory("memory", PAGE);
        work.submitGate();
        trial.bench().slot().vanish();
        record.await(CoreEvent.FunctionGone.class, event -> true);
        Expect.gone("submit()", () -> work.channel().submit(Work.PUSH, 4));
        Expect.gone("pendingEntries()", () -> work.channel().pendingEntries());
        Expect.gone("bind()", () -> work.space().bind(FROM, memory, 0, PAGE, Access.READ_WRITE));
        Expect.gone("unbind()", () -> work.space().unbind(Work.PUSH, PAGE));
        Expect.gone("allocateHostMemory()", () -> session.allocateHostMemory("late", PAGE));
        Expect.gone("createAddressSpace()", () -> session.createAddressSpace("late"));
        Expect.gone("openChannel()", () -> session.openChannel("late", Work.engine(session), work.space(), 8));
        memory.close();
        work.close();
    }
}
