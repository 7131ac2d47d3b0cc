// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.contract;

import io.lamella.core.AddressSpace;
import io.lamella.core.AddressSpace.Access;
import io.lamella.core.Channel;
import io.lamella.core.CoreError;
import io.lamella.core.CoreEvent;
import io.lamella.core.CoreSession;
import io.lamella.core.FbRange;
import io.lamella.core.FbRequest;
import io.lamella.core.GpuMemory;
import io.lamella.core.HostMemory;
import java.lang.foreign.ValueLayout;
import java.util.List;

/** GPU virtual addresses. */
final class AddressSpaceClauses {
    private static final long PAGE = 4096;
    private static final long AT = 0x4000_0000L;
    private static final long LIMIT_MILLIS = 5_000;

    static final List<Clause> ALL = List.of(
            Clause.quick(
                    "address-space.bind.invalid",
                    "A bind that is not of whole pages, lies outside of the space or of the memory is refused with"
                            + " INVALID.",
                    AddressSpaceClauses::refusesBind),
            Clause.quick(
                    "address-space.bind.overlap",
                    "A bind that overlaps an earlier one is refused with INVALID, and changes nothing.",
                    AddressSpaceClauses::refusesOverlap),
            Clause.quick(
                    "address-space.bind.own-memory",
                    "Memory of another session is refused with NOT_FOUND, memory that was given back with CLOSED.",
                    AddressSpaceClauses::ownMemory),
            Clause.quick(
                    "address-space.bind.edges",
                    "The first usable page and the last page can be bound.",
                    AddressSpaceClauses::edges),
            Clause.quick(
                    "address-space.unbind.whole",
                    "unbind() takes one or more binds, each wholly; anything else is refused with INVALID.",
                    AddressSpaceClauses::unbindsWhole),
            Clause.quick(
                    "address-space.close",
                    "A space that is closed answers CLOSED, and its memory is still held.",
                    AddressSpaceClauses::closes),
            Clause.full(
                    "address-space.close.channels",
                    "Closing a space closes its channels first.",
                    AddressSpaceClauses::takesChannels),
            Clause.full(
                    "address-space.memory-ends",
                    "Giving memory back unbinds it: the GPU faults there, and the address can be bound anew.",
                    AddressSpaceClauses::memoryEnds),
            Clause.full(
                    "address-space.unbound-faults",
                    "After unbind() the GPU does not reach the memory through these addresses any more.",
                    AddressSpaceClauses::unboundFaults),
            Clause.full(
                    "address-space.read-only",
                    "What is bound for reading can be read by the GPU; a write faults and changes nothing.",
                    AddressSpaceClauses::readOnly),
            Clause.full(
                    "address-space.gives-back",
                    "Closing a space gives back the frame buffer of its page tables, but for what the core keeps for"
                            + " the next.",
                    AddressSpaceClauses::givesTablesBack));

    private AddressSpaceClauses() {}

    private static CoreSession session(Trial trial) {
        trial.since(1, 2);
        return trial.attach();
    }

    private static void refusesBind(Trial trial) {
        CoreSession session = session(trial);
        try (AddressSpace space = session.createAddressSpace("space");
                HostMemory memory = session.allocateHostMemory("memory", 4 * PAGE)) {
            Expect.that(
                    space.sizeBytes() > 1L << 32 && space.sizeBytes() % PAGE == 0,
                    "An address space has " + space.sizeBytes() + " bytes.");
            long huge = Long.MAX_VALUE / PAGE * PAGE;
            long[][] wrong = {
                {0, 0, PAGE},
                {-PAGE, 0, PAGE},
                {Long.MIN_VALUE, 0, PAGE},
                {AT + 1, 0, PAGE},
                {AT, 1, PAGE},
                {AT, 0, PAGE + 1},
                {AT, 0, 0},
                {AT, 0, -PAGE},
                {AT, -PAGE, PAGE},
                {AT, 0, 5 * PAGE},
                {AT, 4 * PAGE, PAGE},
                {AT, 0, huge},
                {AT, huge, PAGE},
                {huge, 0, PAGE},
                {space.sizeBytes(), 0, PAGE},
                {space.sizeBytes() - PAGE, 0, 2 * PAGE}
            };
            for (long[] one : wrong) {
                Expect.refused(
                        CoreError.INVALID,
                        "bind() of " + one[2] + " bytes from " + one[1] + " on at " + one[0],
                        () -> space.bind(one[0], memory, one[1], one[2], Access.READ_WRITE));
            }
            for (String label : FrameBufferClauses.wrongLabels()) {
                Expect.refused(
                        CoreError.INVALID,
                        "createAddressSpace() with a label of " + label.length() + " characters",
                        () -> session.createAddressSpace(label));
            }
        }
    }

    private static void refusesOverlap(Trial trial) {
        CoreSession session = session(trial);
        try (AddressSpace space = session.createAddressSpace("space");
                HostMemory memory = session.allocateHostMemory("memory", 4 * PAGE)) {
            space.bind(AT, memory, 0, 2 * PAGE, Access.READ_WRITE);
            for (long at = AT - PAGE; at < AT + 2 * PAGE; at += PAGE) {
                long address = at;
                Expect.refused(
                        CoreError.INVALID,
                        "bind() of 2 pages " + (at - AT) + " bytes from an earlier bind of 2",
                        () -> space.bind(address, memory, 2 * PAGE, 2 * PAGE, Access.READ_WRITE));
            }
            space.bind(AT - PAGE, memory, 0, PAGE, Access.READ_WRITE);
            space.bind(AT + 2 * PAGE, memory, 0, PAGE, Access.READ_WRITE);
            space.unbind(AT - PAGE, 4 * PAGE);
        }
    }

    private static void ownMemory(Trial trial) {
        CoreSession session = session(trial);
        CoreSession other = trial.attach();
        try (AddressSpace space = session.createAddressSpace("space");
                HostMemory foreign = other.allocateHostMemory("foreign", PAGE);
                FbRange foreignFb = other.allocateFb(FbRequest.pages("foreign", PAGE))) {
            for (GpuMemory memory : List.of(foreign, foreignFb)) {
                Expect.refused(
                        CoreError.NOT_FOUND,
                        "bind() of another session's memory",
                        () -> space.bind(AT, memory, 0, PAGE, Access.READ_WRITE));
            }
            HostMemory ended = session.allocateHostMemory("ended", PAGE);
            ended.close();
            Expect.refused(
                    CoreError.CLOSED,
                    "bind() of memory that was given back",
                    () -> space.bind(AT, ended, 0, PAGE, Access.READ_WRITE));
        }
    }

    private static void edges(Trial trial) {
        CoreSession session = session(trial);
        try (AddressSpace space = session.createAddressSpace("space");
                FbRange fb = session.allocateFb(FbRequest.pages("fb", 2 * PAGE))) {
            space.bind(AddressSpace.FIRST_ADDRESS, fb, 0, PAGE, Access.READ_WRITE);
            space.bind(space.sizeBytes() - PAGE, fb, PAGE, PAGE, Access.READ_ONLY);
            space.unbind(AddressSpace.FIRST_ADDRESS, PAGE);
            space.unbind(space.sizeBytes() - PAGE, PAGE);
        }
    }

    private static void unbindsWhole(Trial trial) {
        CoreSession session = session(trial);
        try (AddressSpace space = session.createAddressSpace("space");
                HostMemory memory = session.allocateHostMemory("memory", 4 * PAGE)) {
            space.bind(AT, memory, 0, 2 * PAGE, Access.READ_WRITE);
            space.bind(AT + 4 * PAGE, memory, 0, PAGE, Access.READ_WRITE);
            long[][] wrong = {
                {AT, PAGE},
                {AT + PAGE, PAGE},
                {AT - PAGE, 2 * PAGE},
                {AT + 2 * PAGE, PAGE},
                {AT, 0},
                {AT, -PAGE},
                {AT + 1, 2 * PAGE},
                {0, PAGE}
            };
            for (long[] one : wrong) {
                Expect.refused(
                        CoreError.INVALID,
                        "unbind() of " + one[1] + " bytes at " + (one[0] - AT) + " from a bind of 2 pages",
                        () -> space.unbind(one[0], one[1]));
            }
            space.unbind(AT, 5 * PAGE);
            Expect.refused(CoreError.INVALID, "unbind() for the second time", () -> space.unbind(AT, 2 * PAGE));
            space.bind(AT + PAGE, memory, 0, 4 * PAGE, Access.READ_WRITE);
        }
    }

    private static void closes(Trial trial) {
        CoreSession session = session(trial);
        try (HostMemory memory = session.allocateHostMemory("memory", PAGE)) {
            AddressSpace space = session.createAddressSpace("space");
            space.bind(AT, memory, 0, PAGE, Access.READ_WRITE);
            space.close();
            space.close();
            Expect.that(!space.isHeld(), "A space is held after close().");
            Expect.that(memory.isHeld(), "Memory is not held any more because a space with it was closed.");
            Expect.refused(
                    CoreError.CLOSED, "bind() after close()", () -> space.bind(AT, memory, 0, PAGE, Access.READ_WRITE));
            Expect.refused(CoreError.CLOSED, "unbind() after close()", () -> space.unbind(AT, PAGE));
        }
    }

    private static void takesChannels(Trial trial) {
        CoreSession session = session(trial);
        try (Work work = new Work(session, 8)) {
            Channel channel = work.channel();
            work.space().close();
            Expect.that(!channel.isHeld(), "A channel is held although its space was closed.");
            Expect.refused(CoreError.CLOSED, "submit() to such a channel", () -> channel.submit(Work.PUSH, 4));
        }
    }

    /** Waits until a channel has stopped for an error. */
    private static void awaitFault(Work work) {
        Expect.soon(
                LIMIT_MILLIS,
                () -> work.channel().error().isPresent(),
                "The channel has no error " + LIMIT_MILLIS + " ms after a fault.");
        CoreEvent.ChannelError error = work.channel().error().orElseThrow();
        Expect.same(work.channel().channelId(), error.channelId(), "The channel id of the error");
    }

    private static void memoryEnds(Trial trial) {
        CoreSession session = session(trial);
        try (Work work = new Work(session, 8);
                HostMemory target = session.allocateHostMemory("target", PAGE)) {
            FbRange fb = session.allocateFb(FbRequest.pages("ends", PAGE));
            work.space().bind(AT, fb, 0, PAGE, Access.READ_WRITE);
            fb.close();
            work.space().bind(AT, target, 0, PAGE, Access.READ_WRITE);
            work.copy(Work.PUSH, AT, PAGE);
            work.finish();
            work.space().unbind(AT, PAGE);
            HostMemory host = session.allocateHostMemory("ends", PAGE);
            work.space().bind(AT, host, 0, PAGE, Access.READ_WRITE);
            host.close();
            work.copy(AT, Work.PUSH + PAGE * 8, PAGE);
            work.submit();
            awaitFault(work);
        }
    }

    private static void unboundFaults(Trial trial) {
        CoreSession session = session(trial);
        try (Work work = new Work(session, 8);
                HostMemory target = session.allocateHostMemory("target", PAGE)) {
            work.space().bind(AT, target, 0, PAGE, Access.READ_WRITE);
            work.copy(Work.PUSH, AT, PAGE);
            work.finish();
            work.space().unbind(AT, PAGE);
            target.memory().fill((byte) 0x11);
            work.copy(Work.PUSH, AT, PAGE);
            work.submit();
            awaitFault(work);
            Expect.same(0x11111111, target.memory().get(ValueLayout.JAVA_INT, 0), "Memory that was unbound");
        }
    }

    private static void readOnly(Trial trial) {
        CoreSession session = session(trial);
        try (Work work = new Work(session, 8);
                HostMemory memory = session.allocateHostMemory("read only", PAGE);
                HostMemory target = session.allocateHostMemory("target", PAGE)) {
            memory.memory().fill((byte) 0x22);
            work.space().bind(AT, memory, 0, PAGE, Access.READ_ONLY);
            work.space().bind(AT + PAGE, target, 0, PAGE, Access.READ_WRITE);
            work.copy(AT, AT + PAGE, PAGE);
            work.finish();
            Expect.same(0x22222222, target.memory().get(ValueLayout.JAVA_INT, 0), "A copy of read-only memory");
            work.copy(Work.PUSH, AT, PAGE);
            work.submit();
            awaitFault(work);
            Expect.same(0x22222222, memory.memory().get(ValueLayout.JAVA_INT, 0), "Read-only memory after a write");
        }
    }

    private static void givesTablesBack(Trial trial) {
        CoreSession session = session(trial);
        try (FbRange fb = session.allocateFb(FbRequest.pages("fb", PAGE))) {
            long free = 0;
            for (int round = 0; round < 4; round++) {
                try (AddressSpace space = session.createAddressSpace("space")) {
                    for (int i = 1; i < 20; i++) {
                        space.bind((long) i << 33, fb, 0, PAGE, Access.READ_WRITE);
                    }
                }
                long now = session.fbUsage().freeBytes();
                Expect.that(
                        round == 0 || now == free,
                        "The free frame buffer went from " + free + " to " + now + " with a space that was closed.");
                free = now;
            }
        }
    }
}
