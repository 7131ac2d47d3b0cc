// SPDX-License-Identifier: Apache-2.0
package io.lamella.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.lamella.hw.method.CopyMethod;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CopyRigTest {
    private static final int PUSHES = 500;
    private static final int ROUNDS = 60;
    private static final int LAUNCH = 2 | 1 << 7 | 1 << 8;

    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private final CopyRig rig = new CopyRig();

    @AfterAll
    void close() {
        rig.close();
    }

    private void pushCopy(long from, long to, int bytes) {
        rig.setAddresses(from, to);
        rig.set(CopyMethod.LINE_LENGTH_IN, bytes);
        rig.launch(LAUNCH);
        rig.submit();
    }

    private long engineThread() {
        for (ThreadInfo info : threads.getThreadInfo(threads.getAllThreadIds())) {
            if (info != null && info.getThreadName().equals("bench engines")) {
                return info.getThreadId();
            }
        }
        throw new AssertionError("There is no engine thread.");
    }

    @Test
    void aCopyArrives() {
        rig.system().fill((byte) 7);
        rig.videoB().fill((byte) 0);
        pushCopy(CopyRig.GART_SCATTERED, CopyRig.VIDEO_B + 100, 1_000_000);
        rig.ring();
        rig.await();
        MemorySegment there = rig.videoB();
        assertThat(there.asSlice(100, 1_000_000).mismatch(rig.system().asSlice(0, 1_000_000)))
                .isEqualTo(-1);
        assertThat(there.get(java.lang.foreign.ValueLayout.JAVA_BYTE, 99)).isZero();
        assertThat(there.get(java.lang.foreign.ValueLayout.JAVA_BYTE, 1_000_100))
                .isZero();
    }

    /** A guest makes as many as it likes: they must not feed the garbage collector. What the compiler has not got to yet may. */
    @Test
    void pushesAndDoorbellsAllocateNothing() {
        long engine = engineThread();
        long leastCaller = Long.MAX_VALUE;
        long leastEngine = Long.MAX_VALUE;
        for (int round = 0; round < ROUNDS; round++) {
            long caller = threads.getCurrentThreadAllocatedBytes();
            long worker = threads.getThreadAllocatedBytes(engine);
            for (int i = 0; i < PUSHES; i++) {
                // Small and large, scattered and in one piece, each with a doorbell of its own and half of them
                // awaited, so that
                // the engine sleeps in between.
                int bytes = i % 10 == 0 ? 100_000 : 4096;
                pushCopy(i % 2 == 0 ? CopyRig.GART_SCATTERED : CopyRig.VIDEO_A, CopyRig.VIDEO_B, bytes);
                rig.ring();
                if (i % 2 == 0) {
                    rig.await();
                }
            }
            rig.await();
            leastCaller = Math.min(leastCaller, threads.getCurrentThreadAllocatedBytes() - caller);
            leastEngine = Math.min(leastEngine, threads.getThreadAllocatedBytes(engine) - worker);
        }
        // Less than the smallest object for every second push.
        assertThat((double) leastEngine / PUSHES)
                .as("bytes of the engine for a push")
                .isLessThan(8);
        assertThat((double) leastCaller / PUSHES)
                .as("bytes of the caller for a push and its doorbell")
                .isLessThan(8);
    }

    @Test
    void theReportHasBothForms() {
        Figures figures = new Figures(1);
        figures.add(8.5, Double.NaN, 10);
        List<CopyBench.Line> lines = List.of(new CopyBench.Line("VRAM", "GB/s", "copy", 0.8, figures));
        assertThat(CopyReport.text(lines, 1)).contains("VRAM", "8.50", "copy 10.00", "0.85", "≥ 0.8 met");
        assertThat(CopyReport.json(lines, 1)).contains("\"median\":8.500", "\"ratio\":0.850", "\"met\":true");
    }
}
