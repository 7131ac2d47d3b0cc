// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.sched;

/**
 * One line of the scheduler's log, with the fields of NVML's.
 *
 * @param timestampNanos when the member stopped, on the caller's clock
 * @param totalRunNanos how long it had run by then since it joined
 * @param runNanos how long it ran this time
 * @param id its number
 * @param targetSliceNanos how long it was to run
 * @param cumulativePreemptionNanos how long it had taken, by then and in all, to stop after the end of its slices
 * @param idleNanos how long it had had no work since it joined
 * @param weight its weight
 */
public record LogEntry(
        long timestampNanos,
        long totalRunNanos,
        long runNanos,
        int id,
        long targetSliceNanos,
        long cumulativePreemptionNanos,
        long idleNanos,
        int weight) {}
