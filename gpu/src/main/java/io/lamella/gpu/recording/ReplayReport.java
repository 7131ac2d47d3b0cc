// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.recording;

import org.jspecify.annotations.Nullable;

/**
 * What came of a replay.
 *
 * @param accesses of the driver that were made again
 * @param dmaReads of the function that were answered
 * @param dmaWrites of the function that were as recorded
 * @param interrupts that came as recorded
 * @param late values and actions that were right only after some waiting
 * @param complete whether the recording has its end; without, the recorder was killed
 * @param difference the first one, or null if there is none
 */
public record ReplayReport(
        long accesses,
        long dmaReads,
        long dmaWrites,
        long interrupts,
        long late,
        boolean complete,
        @Nullable Difference difference) {
    /**
     * Where the function did something else.
     *
     * @param access number of the driver's access, the first is 1
     * @param atNanos when that access was made, from the recording's beginning on
     * @param what register, message or memory
     * @param expected what the recording has
     * @param got what happened now
     */
    public record Difference(long access, long atNanos, String what, String expected, String got) {
        /** In one sentence. */
        public String sentence() {
            return String.format(
                    java.util.Locale.ROOT,
                    "At access %d (%.6f s): %s: expected %s, got %s.",
                    access,
                    atNanos / 1e9,
                    what,
                    expected,
                    got);
        }
    }
}
