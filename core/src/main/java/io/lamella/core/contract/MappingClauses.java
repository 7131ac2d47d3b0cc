// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.contract;

import io.lamella.core.BarMapping;
import io.lamella.core.CoreError;
import io.lamella.core.CoreSession;
import io.lamella.core.FbRange;
import io.lamella.core.FbRequest;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/** Frame buffer through BAR1. */
final class MappingClauses {
    private static final long PAGE = 4096;
    private static final long INT = 0x12345678L;
    private static final long LONG = 0x1122334455667788L;

    static final List<Clause> ALL = List.of(
            Clause.quick(
                    "bar1.same-memory",
                    "Mappings of one range show the same memory, from the offset that was asked for.",
                    MappingClauses::sameMemory),
            Clause.quick("bar1.little-endian", "Scalars are little-endian.", MappingClauses::littleEndian),
            Clause.quick(
                    "bar1.bulk",
                    "read, write and fill move every byte at any offset, and none beside.",
                    MappingClauses::bulk),
            Clause.quick(
                    "bar1.bounds",
                    "An access that is not wholly within the mapping throws IndexOutOfBoundsException.",
                    MappingClauses::bounds),
            Clause.quick(
                    "bar1.arguments",
                    "Offset and size that are no whole pages of 4 KiB within the range are refused with INVALID.",
                    MappingClauses::arguments),
            Clause.quick("bar1.place", "Mappings lie within BAR1, and no two overlap.", MappingClauses::place),
            Clause.quick(
                    "bar1.range-ends",
                    "Giving a range back takes its mappings with it.",
                    MappingClauses::endsWithRange),
            Clause.quick(
                    "bar1.not-held",
                    "map() refuses a range that was given back with CLOSED and another session's with NOT_FOUND.",
                    MappingClauses::ownOnly),
            Clause.quick(
                    "bar1.close",
                    "A mapping that is closed answers CLOSED; its range is still held.",
                    MappingClauses::closes),
            Clause.full("bar1.large", "A mapping of many large pages reaches all of them.", MappingClauses::large));

    private MappingClauses() {}

    private static void sameMemory(Trial trial) {
        CoreSession session = trial.attach();
        try (FbRange range = session.allocateFb(FbRequest.pages("mapped", 4 * PAGE));
                BarMapping whole = session.map(range);
                BarMapping part = session.map(range, PAGE, 2 * PAGE)) {
            Expect.same(4 * PAGE, whole.sizeBytes(), "The size of a mapping of all");
            Expect.same(2 * PAGE, part.sizeBytes(), "The size of a mapping of a part");
            for (long page = 0; page < 4; page++) {
                whole.writeLong(page * PAGE, LONG + page);
            }
            Expect.same(LONG + 1, part.readLong(0), "What the second mapping shows at its start");
            Expect.same(LONG + 2, part.readLong(PAGE), "What the second mapping shows one page on");
            part.writeInt(2 * PAGE - 4, (int) INT);
            Expect.same((int) INT, whole.readInt(3 * PAGE - 4), "What the first mapping shows of the second's write");
            Expect.same(LONG + 3, whole.readLong(3 * PAGE), "What lies behind the second mapping");
        }
    }

    private static void littleEndian(Trial trial) {
        CoreSession session = trial.attach();
        try (FbRange range = session.allocateFb(FbRequest.pages("mapped", PAGE));
                BarMapping mapping = session.map(range)) {
            mapping.writeLong(8, LONG);
            Expect.same((int) LONG, mapping.readInt(8), "The low half of a 64-bit value");
            Expect.same((int) (LONG >>> 32), mapping.readInt(12), "The high half of a 64-bit value");
            byte[] bytes = new byte[8];
            mapping.read(8, MemorySegment.ofArray(bytes));
            Expect.same((byte) LONG, bytes[0], "The first byte of a 64-bit value");
            Expect.same((byte) (LONG >>> 56), bytes[7], "The last byte of a 64-bit value");
            mapping.writeInt(16, -2);
            Expect.same(-2, mapping.readInt(16), "A negative 32-bit value");
            mapping.writeLong(24, -3);
            Expect.same(-3L, mapping.readLong(24), "A negative 64-bit value");
        }
    }

    private static void bulk(Trial trial) {
        CoreSession session = trial.attach();
        int length = (int) (2 * PAGE + 5);
        byte[] content = new byte[length];
        for (int i = 0; i < length; i++) {
            content[i] = (byte) (i * 31 + 7);
        }
        try (FbRange range = session.allocateFb(FbRequest.pages("mapped", 4 * PAGE));
                BarMapping mapping = session.map(range)) {
            mapping.fill(0, 4 * PAGE, (byte) 0x11);
            mapping.write(PAGE - 3, MemorySegment.ofArray(content));
            byte[] back = new byte[length + 2];
            mapping.read(PAGE - 4, MemorySegment.ofArray(back));
            Expect.same((byte) 0x11, back[0], "The byte before what was written");
            Expect.same((byte) 0x11, back[length + 1], "The byte behind what was written");
            for (int i = 0; i < length; i++) {
                Expect.same(content[i], back[i + 1], "Byte " + i + " of what was written");
            }
            mapping.fill(PAGE + 1, 6, (byte) 0x22);
            Expect.same((byte) 0x22, at(mapping, PAGE + 1), "The first byte that was filled");
            Expect.same((byte) 0x22, at(mapping, PAGE + 6), "The last byte that was filled");
            Expect.same(content[3], at(mapping, PAGE), "The byte before what was filled");
            Expect.same(content[10], at(mapping, PAGE + 7), "The byte behind what was filled");
            mapping.fill(0, 0, (byte) 0x33);
            Expect.same((byte) 0x11, at(mapping, 0), "The first byte after filling nothing");
        }
    }

    private static byte at(BarMapping mapping, long offset) {
        MemorySegment one = MemorySegment.ofArray(new byte[1]);
        mapping.read(offset, one);
        return one.get(ValueLayout.JAVA_BYTE, 0);
    }

    private static void bounds(Trial trial) {
        CoreSession session = trial.attach();
        try (FbRange range = session.allocateFb(FbRequest.pages("mapped", 4 * PAGE));
                BarMapping mapping = session.map(range, 0, PAGE)) {
            MemorySegment two = MemorySegment.ofArray(new byte[2]);
            for (long offset : new long[] {-1, PAGE - 1, PAGE, Long.MAX_VALUE, Long.MIN_VALUE}) {
                String at = " at " + offset + " of " + PAGE + " bytes";
                Expect.outOfBounds("readInt" + at, () -> mapping.readInt(offset));
                Expect.outOfBounds("writeInt" + at, () -> mapping.writeInt(offset, 1));
                Expect.outOfBounds("readLong" + at, () -> mapping.readLong(offset));
                Expect.outOfBounds("writeLong" + at, () -> mapping.writeLong(offset, 1));
                Expect.outOfBounds("read" + at, () -> mapping.read(offset, two));
                Expect.outOfBounds("write" + at, () -> mapping.write(offset, two));
                Expect.outOfBounds("fill" + at, () -> mapping.fill(offset, 2, (byte) 1));
            }
            Expect.outOfBounds("fill of a negative length", () -> mapping.fill(0, -1, (byte) 1));
            Expect.outOfBounds("fill of too much", () -> mapping.fill(0, Long.MAX_VALUE, (byte) 1));
            mapping.writeInt(PAGE - 4, 1);
            mapping.writeLong(PAGE - 8, 1);
        }
    }

    private static void arguments(Trial trial) {
        CoreSession session = trial.attach();
        try (FbRange range = session.allocateFb(FbRequest.pages("mapped", 4 * PAGE))) {
            long[][] wrong = {
                {-PAGE, PAGE},
                {0, 0},
                {0, -PAGE},
                {1, PAGE},
                {0, PAGE + 1},
                {0, 5 * PAGE},
                {4 * PAGE, PAGE},
                {3 * PAGE, 2 * PAGE},
                {Long.MAX_VALUE / PAGE * PAGE, PAGE},
                {PAGE, Long.MAX_VALUE / PAGE * PAGE}
            };
            for (long[] one : wrong) {
                Expect.refused(
                        CoreError.INVALID,
                        "map() of " + one[1] + " bytes at " + one[0] + " of a range of " + 4 * PAGE,
                        () -> session.map(range, one[0], one[1]));
            }
        }
    }

    private static void place(Trial trial) {
        CoreSession session = trial.attach();
        try (FbRange range = session.allocateFb(FbRequest.pages("mapped", 2 * PAGE));
                BarMapping one = session.map(range);
                BarMapping other = session.map(range, PAGE, PAGE)) {
            for (BarMapping mapping : List.of(one, other)) {
                Expect.that(
                        mapping.barOffset() >= 0
                                && mapping.barOffset() + mapping.sizeBytes()
                                        <= trial.gpu().bar1Bytes(),
                        "A mapping at " + mapping.barOffset() + " is not within BAR1.");
            }
            Expect.that(
                    one.barOffset() + one.sizeBytes() <= other.barOffset()
                            || other.barOffset() + other.sizeBytes() <= one.barOffset(),
                    "Two mappings overlap.");
        }
    }

    private static void endsWithRange(Trial trial) {
        CoreSession session = trial.attach();
        FbRange range = session.allocateFb(FbRequest.pages("mapped", 2 * PAGE));
        BarMapping one = session.map(range);
        BarMapping other = session.map(range, 0, PAGE);
        range.close();
        Expect.that(!one.isHeld() && !other.isHeld(), "A mapping is held although its range was given back.");
        Expect.refused(CoreError.CLOSED, "readInt() of such a mapping", () -> one.readInt(0));
        Expect.refused(CoreError.CLOSED, "writeInt() of such a mapping", () -> other.writeInt(0, 1));
        one.close();
    }

    private static void ownOnly(Trial trial) {
        CoreSession session = trial.attach();
        CoreSession other = trial.attach();
        FbRange range = session.allocateFb(FbRequest.pages("mine", PAGE));
        Expect.refused(CoreError.NOT_FOUND, "map() of another session's range", () -> other.map(range));
        range.close();
        Expect.refused(CoreError.CLOSED, "map() of a range that was given back", () -> session.map(range));
    }

    private static void closes(Trial trial) {
        CoreSession session = trial.attach();
        try (FbRange range = session.allocateFb(FbRequest.pages("mapped", PAGE))) {
            BarMapping mapping = session.map(range);
            mapping.close();
            mapping.close();
            Expect.that(!mapping.isHeld(), "A mapping is held after close().");
            Expect.that(range.isHeld(), "A range is not held any more because its mapping was closed.");
            MemorySegment four = MemorySegment.ofArray(new byte[4]);
            Expect.refused(CoreError.CLOSED, "readInt() after close()", () -> mapping.readInt(0));
            Expect.refused(CoreError.CLOSED, "writeInt() after close()", () -> mapping.writeInt(0, 1));
            Expect.refused(CoreError.CLOSED, "readLong() after close()", () -> mapping.readLong(0));
            Expect.refused(CoreError.CLOSED, "writeLong() after close()", () -> mapping.writeLong(0, 1));
            Expect.refused(CoreError.CLOSED, "read() after close()", () -> mapping.read(0, four));
            Expect.refused(CoreError.CLOSED, "write() after close()", () -> mapping.write(0, four));
            Expect.refused(CoreError.CLOSED, "fill() after close()", () -> mapping.fill(0, 4, (byte) 1));
            try (BarMapping again = session.map(range)) {
                Expect.that(again.isHeld(), "A range cannot be mapped a second time.");
            }
        }
    }

    private static void large(Trial trial) {
        CoreSession session = trial.attach();
        long page = 2 << 20;
        long size = Math.min(33 * page, session.fbUsage().largestFreeBytes() / 2 / page * page);
        FbRequest request = new FbRequest("large", size, FbRequest.Alignment.LARGE_PAGE, FbRequest.Position.BOTTOM_UP);
        try (FbRange range = session.allocateFb(request);
                BarMapping mapping = session.map(range)) {
            for (long at = 0; at < size; at += page) {
                mapping.writeLong(at, at ^ LONG);
                mapping.writeLong(at + page - 8, at + LONG);
            }
            for (long at = 0; at < size; at += page) {
                Expect.same(at ^ LONG, mapping.readLong(at), "The start of the large page at " + at);
                Expect.same(at + LONG, mapping.readLong(at + page - 8), "The end of the large page at " + at);
            }
            session.scrub(range);
        }
    }
}
