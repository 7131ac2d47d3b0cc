// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.contract;

import io.lamella.core.BarMapping;
import io.lamella.core.CoreError;
import io.lamella.core.CoreSession;
import io.lamella.core.FbRange;
import io.lamella.core.FbRequest;
import io.lamella.core.FbUsage;
import java.util.List;

/** What becomes of a range of frame buffer and its content. */
final class FrameBufferLifeClauses {
    private static final long PAGE = 4096;
    private static final long MIB = 1 << 20;
    private static final byte DIRT = 0x5a;

    static final List<Clause> ALL = List.of(
            Clause.quick(
                    "fb.close.gives-back",
                    "A range that is closed is not held, and another can have its place.",
                    FrameBufferLifeClauses::givesBack),
            Clause.quick(
                    "fb.close.twice",
                    "Closing a range a second time takes nothing from whoever has its place now.",
                    FrameBufferLifeClauses::closesTwice),
            Clause.quick(
                    "fb.scrub.zeroes",
                    "After scrub() every byte of the range is 0, and none of its neighbours' has changed.",
                    FrameBufferLifeClauses::scrubs),
            Clause.quick(
                    "fb.scrub.not-held",
                    "scrub() refuses a range that was given back with CLOSED and another session's with NOT_FOUND.",
                    FrameBufferLifeClauses::scrubsOwnOnly),
            Clause.alone(
                    "fb.quarantine.never-again",
                    "Frame buffer in quarantine is not held, is counted, and nobody gets it again.",
                    FrameBufferLifeClauses::quarantines),
            Clause.alone(
                    "fb.quarantine.final",
                    "Closing a range after its quarantine, or putting it in quarantine after its closing, has no effect.",
                    FrameBufferLifeClauses::quarantineIsFinal));

    private FrameBufferLifeClauses() {}

    private static void givesBack(Trial trial) {
        CoreSession session = trial.attach();
        FbUsage before = session.fbUsage();
        FbRange range = session.allocateFb(FbRequest.pages("returned", 3 * PAGE));
        long offset = range.offset();
        range.close();
        Expect.that(!range.isHeld(), "A range is held after close().");
        Expect.same(before, session.fbUsage(), "The usage after close()");
        CoreSession other = trial.attach();
        try (FbRange next = other.allocateFb(FbRequest.pages("next", 3 * PAGE).at(offset))) {
            Expect.same(offset, next.offset(), "The offset of the next holder's range");
        }
    }

    private static void closesTwice(Trial trial) {
        CoreSession session = trial.attach();
        FbRange range = session.allocateFb(FbRequest.pages("returned", PAGE));
        long offset = range.offset();
        range.close();
        try (FbRange next =
                trial.attach().allocateFb(FbRequest.pages("next", PAGE).at(offset))) {
            range.close();
            Expect.that(next.isHeld(), "The next holder's range is not held any more.");
            Expect.that(!session.isFbFree(offset, PAGE), "The next holder's range is free.");
        }
    }

    private static void scrubs(Trial trial) {
        CoreSession session = trial.attach();
        FbRange whole = session.allocateFb(FbRequest.pages("three parts", 3 * MIB));
        long start = whole.offset();
        whole.close();
        try (FbRange below = session.allocateFb(FbRequest.pages("below", MIB).at(start));
                FbRange range = session.allocateFb(FbRequest.pages("dirty", MIB).at(start + MIB));
                FbRange above = session.allocateFb(FbRequest.pages("above", MIB).at(start + 2 * MIB))) {
            try (BarMapping lower = session.map(below);
                    BarMapping middle = session.map(range);
                    BarMapping upper = session.map(above)) {
                lower.fill(0, MIB, DIRT);
                middle.fill(0, MIB, DIRT);
                upper.fill(0, MIB, DIRT);
                session.scrub(range);
                for (long at = 0; at < MIB; at += PAGE) {
                    Expect.same(0L, middle.readLong(at), "The content " + at + " bytes into a scrubbed range");
                }
                Expect.same(0L, middle.readLong(MIB - 8), "The end of a scrubbed range");
                Expect.same(DIRT * 0x01010101, lower.readInt(MIB - 4), "What lies below a scrubbed range");
                Expect.same(DIRT * 0x01010101, upper.readInt(0), "What lies above a scrubbed range");
            }
            session.scrub(below);
            session.scrub(above);
        }
    }

    private static void scrubsOwnOnly(Trial trial) {
        CoreSession session = trial.attach();
        FbRange range = session.allocateFb(FbRequest.pages("returned", PAGE));
        CoreSession other = trial.attach();
        Expect.refused(CoreError.NOT_FOUND, "scrub() of another session's range", () -> other.scrub(range));
        range.close();
        Expect.refused(CoreError.CLOSED, "scrub() of a range that was given back", () -> session.scrub(range));
    }

    private static void quarantines(Trial trial) {
        CoreSession session = trial.attach();
        FbUsage before = session.fbUsage();
        FbRange range = session.allocateFb(FbRequest.pages("given up", 2 * PAGE));
        long offset = range.offset();
        range.quarantine("contract: nobody may have it");
        Expect.that(!range.isHeld(), "A range in quarantine is held.");
        Expect.same(
                before.quarantinedBytes() + 2 * PAGE,
                session.fbUsage().quarantinedBytes(),
                "The frame buffer in quarantine");
        Expect.same(before.freeBytes() - 2 * PAGE, session.fbUsage().freeBytes(), "The free frame buffer");
        Expect.that(!session.isFbFree(offset, PAGE), "Frame buffer in quarantine is called free.");
        Expect.refused(CoreError.CLOSED, "map() of a range in quarantine", () -> session.map(range));
        session.close();
        CoreSession later = trial.attach();
        Expect.refused(
                CoreError.NO_SPACE,
                "allocateFb() of frame buffer in quarantine",
                () -> later.allocateFb(FbRequest.pages("next tenant", PAGE).at(offset + PAGE)));
        // Whatever is free is taken, and it is not among that.
        long largest = later.fbUsage().largestFreeBytes() / PAGE * PAGE;
        try (FbRange all = later.allocateFb(FbRequest.pages("largest", largest))) {
            Expect.that(
                    all.end() <= offset || offset + 2 * PAGE <= all.offset(),
                    "Frame buffer in quarantine is part of the largest free run.");
        }
    }

    private static void quarantineIsFinal(Trial trial) {
        CoreSession session = trial.attach();
        FbUsage before = session.fbUsage();
        FbRange lost = session.allocateFb(FbRequest.pages("given up", PAGE));
        lost.quarantine("contract: first");
        lost.quarantine("contract: second");
        lost.close();
        Expect.same(before.freeBytes() - PAGE, session.fbUsage().freeBytes(), "The free frame buffer after both");
        Expect.same(
                before.quarantinedBytes() + PAGE,
                session.fbUsage().quarantinedBytes(),
                "The frame buffer in quarantine after both");
        FbRange returned = session.allocateFb(FbRequest.pages("returned", PAGE));
        returned.close();
        returned.quarantine("contract: too late");
        Expect.same(
                before.quarantinedBytes() + PAGE,
                session.fbUsage().quarantinedBytes(),
                "The frame buffer in quarantine after one that was given back first");
        Expect.that(session.isFbFree(returned.offset(), PAGE), "A range that was given back is not free.");
    }
}
