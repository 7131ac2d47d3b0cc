// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.sched;

import java.util.ArrayList;
import java.util.List;

/** The last decisions of one runlist, in arrays that never grow. */
final class DecisionLog {
    static final int ENTRIES = 200;
    private static final int FIELDS = 8;

    private final long[] ring = new long[ENTRIES * FIELDS];
    private long written;

    void add(Member member, long nowNanos, long runNanos, long targetNanos) {
        int at = (int) (written % ENTRIES) * FIELDS;
        ring[at] = nowNanos;
        ring[at + 1] = member.ranNanos;
        ring[at + 2] = runNanos;
        ring[at + 3] = member.id();
        ring[at + 4] = targetNanos;
        ring[at + 5] = member.overshootNanos;
        ring[at + 6] = member.idleNanos(nowNanos);
        ring[at + 7] = member.settings.weight();
        written++;
    }

    List<LogEntry> entries() {
        int count = (int) Math.min(written, ENTRIES);
        List<LogEntry> entries = new ArrayList<>(count);
        for (long n = written - count; n < written; n++) {
            int at = (int) (n % ENTRIES) * FIELDS;
            entries.add(new LogEntry(
                    ring[at],
                    ring[at + 1],
                    ring[at + 2],
                    (int) ring[at + 3],
                    ring[at + 4],
                    ring[at + 5],
                    ring[at + 6],
                    (int) ring[at + 7]));
        }
        return entries;
    }
}
