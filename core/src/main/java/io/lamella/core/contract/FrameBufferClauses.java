// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.contract;

import io.lamella.core.CoreError;
import io.lamella.core.CoreSession;
import io.lamella.core.FbRange;
import io.lamella.core.FbRequest;
import io.lamella.core.FbRequest.Alignment;
import io.lamella.core.FbRequest.Position;
import io.lamella.core.FbUsage;
import io.lamella.core.GpuDescription;
import java.util.ArrayList;
import java.util.List;

/** Which ranges of frame buffer a client gets, and which requests are refused. */
final class FrameBufferClauses {
    private static final long PAGE = 4096;
    private static final long LARGE_PAGE = 2 << 20;
    static final int LONGEST_LABEL = 128;

    static final List<Clause> ALL = List.of(
            Clause.quick(
                    "fb.range.aligned",
                    "Start and size of a range are multiples of the alignment, and the size is the least such that"
                            + " suffices.",
                    FrameBufferClauses::aligned),
            Clause.quick("fb.range.within", "A range lies within the usable frame buffer.", FrameBufferClauses::within),
            Clause.quick(
                    "fb.range.disjoint",
                    "No two ranges that are held overlap, whoever holds them.",
                    FrameBufferClauses::disjoint),
            Clause.quick(
                    "fb.range.label",
                    "A range has the label that it was asked for with.",
                    FrameBufferClauses::labelled),
            Clause.quick("fb.at.exact", "A range asked for at a place is there.", FrameBufferClauses::exactPlace),
            Clause.quick(
                    "fb.at.taken",
                    "A range asked for at a place that overlaps one that is held is refused with NO_SPACE.",
                    FrameBufferClauses::taken),
            Clause.quick(
                    "fb.at.invalid",
                    "A place that is negative or no multiple of the alignment is refused with INVALID.",
                    FrameBufferClauses::invalidPlace),
            Clause.quick(
                    "fb.size.invalid",
                    "A size below 1 or above that of the frame buffer is refused with INVALID.",
                    FrameBufferClauses::invalidSize),
            Clause.quick(
                    "fb.size.no-space",
                    "A size that nothing free suffices for is refused with NO_SPACE, and takes nothing.",
                    FrameBufferClauses::noSpace),
            Clause.quick(
                    "fb.label.invalid",
                    "A label that is empty, has more than 128 characters or a control character is refused with"
                            + " INVALID.",
                    FrameBufferClauses::invalidLabel),
            Clause.quick(
                    "fb.usage",
                    "fbUsage() counts what is taken, and its largest free run can be had.",
                    FrameBufferClauses::usage),
            Clause.quick(
                    "fb.is-free",
                    "isFbFree() is true for exactly those bytes that nobody has and that can be had.",
                    FrameBufferClauses::isFree));

    private FrameBufferClauses() {}

    static long unit(GpuDescription gpu, Alignment alignment) {
        return switch (alignment) {
            case PAGE -> PAGE;
            case LARGE_PAGE -> LARGE_PAGE;
            case VMMU_SEGMENT -> gpu.vmmuSegmentBytes();
        };
    }

    /** One range of each alignment from each end, taken by a session. */
    private static List<FbRange> someOfEach(CoreSession session) {
        List<FbRange> ranges = new ArrayList<>();
        for (Alignment alignment : Alignment.values()) {
            long unit = unit(session.gpu(), alignment);
            if (unit == 0) {
                continue;
            }
            for (Position position : List.of(Position.BOTTOM_UP, Position.TOP_DOWN)) {
                ranges.add(
                        session.allocateFb(new FbRequest(alignment + " " + position, unit + 1, alignment, position)));
            }
        }
        return ranges;
    }

    private static void giveBack(List<FbRange> ranges) {
        ranges.forEach(FbRange::close);
    }

    private static void aligned(Trial trial) {
        CoreSession session = trial.attach();
        for (FbRange range : someOfEach(session)) {
            Alignment alignment =
                    Alignment.valueOf(range.label().substring(0, range.label().indexOf(' ')));
            long unit = unit(trial.gpu(), alignment);
            Expect.that(
                    range.offset() % unit == 0,
                    "A range of alignment " + alignment + " begins at " + range.offset() + ".");
            Expect.same(2 * unit, range.sizeBytes(), "The size of a range of " + (unit + 1) + " bytes");
            Expect.same(range.offset() + range.sizeBytes(), range.end(), "The end of a range");
            range.close();
        }
    }

    private static void within(Trial trial) {
        long start = trial.gpu().usableFbOffset();
        long end = start + trial.gpu().usableFbBytes();
        List<FbRange> ranges = someOfEach(trial.attach());
        for (FbRange range : ranges) {
            Expect.that(
                    range.offset() >= start && range.end() <= end,
                    "A range from " + range.offset() + " to " + range.end() + " is not within " + start + " to " + end
                            + ".");
        }
        giveBack(ranges);
    }

    private static void disjoint(Trial trial) {
        List<FbRange> ranges = new ArrayList<>(someOfEach(trial.attach()));
        ranges.addAll(someOfEach(trial.attach()));
        for (int i = 0; i < ranges.size(); i++) {
            for (int j = 0; j < i; j++) {
                FbRange one = ranges.get(i);
                FbRange other = ranges.get(j);
                Expect.that(
                        one.end() <= other.offset() || other.end() <= one.offset(),
                        "Ranges from " + one.offset() + " to " + one.end() + " and from " + other.offset() + " to "
                                + other.end() + " are held at the same time.");
            }
        }
        giveBack(ranges);
    }

    private static void labelled(Trial trial) {
        String label = "ä".repeat(LONGEST_LABEL);
        try (FbRange range = trial.attach().allocateFb(FbRequest.pages(label, 1))) {
            Expect.same(label, range.label(), "The label");
            Expect.that(range.isHeld(), "A range that was just taken is not held.");
        }
    }

    private static void exactPlace(Trial trial) {
        CoreSession session = trial.attach();
        long offset;
        try (FbRange free = session.allocateFb(FbRequest.pages("probe", 3 * PAGE))) {
            offset = free.offset();
        }
        try (FbRange range =
                session.allocateFb(FbRequest.pages("there", 2 * PAGE).at(offset))) {
            Expect.same(offset, range.offset(), "The offset of a range asked for at a place");
            Expect.same(2 * PAGE, range.sizeBytes(), "Its size");
        }
    }

    private static void taken(Trial trial) {
        CoreSession session = trial.attach();
        CoreSession other = trial.attach();
        try (FbRange held = session.allocateFb(FbRequest.pages("held", 3 * PAGE))) {
            for (long distance = -PAGE; distance <= 2 * PAGE; distance += PAGE) {
                long at = held.offset() + distance;
                Expect.refused(
                        CoreError.NO_SPACE,
                        "allocateFb() of 2 pages " + distance + " bytes from a range of 3 pages",
                        () -> other.allocateFb(
                                FbRequest.pages("on top", 2 * PAGE).at(at)));
            }
        }
    }

    private static void invalidPlace(Trial trial) {
        CoreSession session = trial.attach();
        for (long at : new long[] {-PAGE, Long.MIN_VALUE, 1, trial.gpu().usableFbOffset() + PAGE / 2}) {
            Expect.refused(
                    CoreError.INVALID,
                    "allocateFb() at " + at,
                    () -> session.allocateFb(FbRequest.pages("nowhere", PAGE).at(at)));
        }
        Expect.refused(
                CoreError.INVALID,
                "allocateFb() of a large page at " + PAGE,
                () -> session.allocateFb(new FbRequest("odd", 1, Alignment.LARGE_PAGE, new Position.At(PAGE))));
    }

    private static void invalidSize(Trial trial) {
        CoreSession session = trial.attach();
        for (long size :
                new long[] {0, -1, Long.MIN_VALUE, Long.MAX_VALUE, trial.gpu().fbSizeBytes() + 1}) {
            Expect.refused(
                    CoreError.INVALID,
                    "allocateFb() of " + size + " bytes",
                    () -> session.allocateFb(FbRequest.pages("impossible", size)));
        }
    }

    private static void noSpace(Trial trial) {
        CoreSession session = trial.attach();
        FbUsage before = session.fbUsage();
        Expect.refused(
                CoreError.NO_SPACE,
                "allocateFb() of all of the frame buffer",
                () -> session.allocateFb(FbRequest.pages("all", trial.gpu().fbSizeBytes())));
        Expect.refused(
                CoreError.NO_SPACE,
                "allocateFb() past the usable frame buffer",
                () -> session.allocateFb(
                        FbRequest.pages("past", PAGE).at((trial.gpu().fbSizeBytes() - 1) / PAGE * PAGE)));
        Expect.same(before, session.fbUsage(), "The usage after refusals");
    }

    /** Labels that nothing takes. */
    static List<String> wrongLabels() {
        return List.of("", "x".repeat(LONGEST_LABEL + 1), "two\nlines", "nul\0");
    }

    private static void invalidLabel(Trial trial) {
        CoreSession session = trial.attach();
        for (String label : wrongLabels()) {
            Expect.refused(
                    CoreError.INVALID,
                    "allocateFb() with a label of " + label.length() + " characters",
                    () -> session.allocateFb(FbRequest.pages(label, PAGE)));
        }
    }

    private static void usage(Trial trial) {
        CoreSession session = trial.attach();
        FbUsage before = session.fbUsage();
        Expect.that(
                before.freeBytes() <= before.usableBytes()
                        && before.largestFreeBytes() <= before.freeBytes()
                        && before.quarantinedBytes() >= 0,
                "The usage makes no sense: " + before + ".");
        try (FbRange range = session.allocateFb(FbRequest.pages("counted", 5 * PAGE))) {
            Expect.same(
                    before.freeBytes() - range.sizeBytes(), session.fbUsage().freeBytes(), "The free frame buffer");
        }
        Expect.same(before, session.fbUsage(), "The usage after giving back");
        long largest = before.largestFreeBytes() / PAGE * PAGE;
        try (FbRange all = session.allocateFb(FbRequest.pages("largest", largest))) {
            Expect.same(largest, all.sizeBytes(), "The size of the largest free run");
        }
    }

    private static void isFree(Trial trial) {
        CoreSession session = trial.attach();
        long end = trial.gpu().fbSizeBytes();
        FbRange range = session.allocateFb(FbRequest.pages("mine", 2 * PAGE));
        Expect.that(!session.isFbFree(range.offset(), PAGE), "The first page of a range is called free.");
        Expect.that(!session.isFbFree(range.end() - 1, 1), "The last byte of a range is called free.");
        range.close();
        Expect.that(session.isFbFree(range.offset(), 2 * PAGE), "A range that was given back is not called free.");
        Expect.that(!session.isFbFree(-1, 2), "Bytes below 0 are called free.");
        Expect.that(!session.isFbFree(end, 1), "Bytes past the frame buffer are called free.");
        Expect.that(!session.isFbFree(0, Long.MAX_VALUE), "More bytes than there are are called free.");
        Expect.that(!session.isFbFree(trial.gpu().usableFbOffset(), -1), "Less than nothing is called free.");
    }
}
