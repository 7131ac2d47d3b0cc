// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.contract;

import io.lamella.core.CoreError;
import io.lamella.core.CoreSession;
import io.lamella.core.HostMemory;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/** System memory that the GPU reaches. */
final class HostMemoryClauses {
    private static final long PAGE = 4096;

    static final List<Clause> ALL = List.of(
            Clause.quick(
                    "host-memory.size",
                    "Host memory has whole pages of 4 KiB, as many as were asked for, and a segment of that size.",
                    HostMemoryClauses::size),
            Clause.quick(
                    "host-memory.zeroed",
                    "Host memory is zeroed, also where another had it before.",
                    HostMemoryClauses::zeroed),
            Clause.quick(
                    "host-memory.invalid",
                    "A size below 1 and a wrong label are refused with INVALID.",
                    HostMemoryClauses::invalid),
            Clause.quick(
                    "host-memory.close",
                    "Host memory that is closed is not held, and its segment cannot be used any more.",
                    HostMemoryClauses::closes),
            Clause.alone(
                    "host-memory.gone",
                    "The segment of host memory stays usable after the GPU is gone, until it is closed.",
                    HostMemoryClauses::outlivesGpu));

    private HostMemoryClauses() {}

    private static void size(Trial trial) {
        trial.since(1, 2);
        CoreSession session = trial.attach();
        for (long bytes : new long[] {1, PAGE, PAGE + 1, 5 * PAGE - 1}) {
            try (HostMemory memory = session.allocateHostMemory("some", bytes)) {
                long due = (bytes + PAGE - 1) / PAGE * PAGE;
                Expect.same(due, memory.sizeBytes(), "The size of host memory of " + bytes + " bytes");
                Expect.same(due, memory.memory().byteSize(), "The size of its segment");
                Expect.same("some", memory.label(), "Its label");
            }
        }
    }

    private static void zeroed(Trial trial) {
        trial.since(1, 2);
        CoreSession session = trial.attach();
        for (int round = 0; round < 3; round++) {
            try (HostMemory memory = session.allocateHostMemory("some", 4 * PAGE)) {
                MemorySegment segment = memory.memory();
                for (long at = 0; at < 4 * PAGE; at += Long.BYTES) {
                    Expect.same(0L, segment.get(ValueLayout.JAVA_LONG, at), "The content at " + at);
                }
                segment.fill((byte) 0x5a);
                Expect.same(0x5a5a5a5a, segment.get(ValueLayout.JAVA_INT, 4 * PAGE - 4), "What was written");
            }
        }
    }

    private static void invalid(Trial trial) {
        trial.since(1, 2);
        CoreSession session = trial.attach();
        for (long bytes : new long[] {0, -1, Long.MIN_VALUE}) {
            Expect.refused(
                    CoreError.INVALID,
                    "allocateHostMemory() of " + bytes + " bytes",
                    () -> session.allocateHostMemory("impossible", bytes));
        }
        for (String label : FrameBufferClauses.wrongLabels()) {
            Expect.refused(
                    CoreError.INVALID,
                    "allocateHostMemory() with a label of " + label.length() + " characters",
                    () -> session.allocateHostMemory(label, PAGE));
        }
    }

    private static void closes(Trial trial) {
        trial.since(1, 2);
        CoreSession session = trial.attach();
        HostMemory memory = session.allocateHostMemory("ends", PAGE);
        MemorySegment segment = memory.memory();
        memory.close();
        memory.close();
        Expect.that(!memory.isHeld(), "Host memory is held after close().");
        dead(segment);
    }

    private static void dead(MemorySegment segment) {
        byte read;
        try {
            read = segment.get(ValueLayout.JAVA_BYTE, 0);
        } catch (IllegalStateException ended) {
            return;
        }
        throw new BrokenClause("A segment gives " + read + " after its memory was given back.");
    }

    private static void outlivesGpu(Trial trial) {
        trial.since(1, 2);
        CoreSession session = trial.attach();
        HostMemory memory = session.allocateHostMemory("stays", PAGE);
        memory.memory().set(ValueLayout.JAVA_INT, 8, 42);
        trial.bench().slot().vanish();
        Expect.gone("scrub() of the GPU that is gone", () -> session.openGspClient("late"));
        Expect.same(42, memory.memory().get(ValueLayout.JAVA_INT, 8), "The content after the GPU is gone");
        MemorySegment segment = memory.memory();
        memory.close();
        dead(segment);
    }
}
