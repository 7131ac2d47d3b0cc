// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.sched;

/**
 * How an engine's time is shared, with NVIDIA's parameters. Values out of range are moved to the nearest end of it, and 0 is the default, as
 * NVIDIA documents it.
 *
 * @param kind who gets how much
 * @param strictRoundRobin whether members take turns and pay back overshoot (NVIDIA: adaptive round robin); if not, the one that has had the least
 *     time runs. Best effort always takes turns and pays nothing back
 * @param frequencyHz with strict round robin: how many slices a second has, 63 to 960; 0 for the default
 * @param sliceMillis without: how long a slice is, 1 to 30; 0 for the default
 * @param averagingFactor with strict round robin: over how many slices overshoot is paid back, 1 to 60; 0 for 33
 * @param weighted whether weights count under equal share
 */
public record SchedulerPolicy(
        Kind kind, boolean strictRoundRobin, int frequencyHz, int sliceMillis, int averagingFactor, boolean weighted) {
    public static final int MIN_FREQUENCY_HZ = 63;
    public static final int MAX_FREQUENCY_HZ = 960;
    public static final int MIN_SLICE_MILLIS = 1;
    public static final int MAX_SLICE_MILLIS = 30;
    public static final int MIN_AVERAGING_FACTOR = 1;
    public static final int MAX_AVERAGING_FACTOR = 60;
    public static final int DEFAULT_AVERAGING_FACTOR = 33;

    private static final int DENSE = 8;
    private static final long NANOS_PER_SECOND = 1_000_000_000;
    private static final long NANOS_PER_MILLI = 1_000_000;

    private static final int ENABLED = 1;
    private static final int NOT_STRICT = 1 << 1;
    private static final int NOT_WEIGHTED = 1 << 3;
    private static final int FIXED = 1;

    /** Who gets how much of the engine. */
    public enum Kind {
        /** Whoever has work takes turns; nothing is kept for anybody. */
        BEST_EFFORT,
        /** Every vGPU that runs has the same part, whether it has work or not. */
        EQUAL_SHARE,
        /** Every vGPU has the part that its type has of the GPU; nobody has the rest. */
        FIXED_SHARE
    }

    public SchedulerPolicy {
        boolean shares = kind != Kind.BEST_EFFORT;
        strictRoundRobin = strictRoundRobin || !shares;
        frequencyHz = shares && strictRoundRobin ? clamp(frequencyHz, MIN_FREQUENCY_HZ, MAX_FREQUENCY_HZ) : 0;
        sliceMillis = strictRoundRobin ? 0 : clamp(sliceMillis, MIN_SLICE_MILLIS, MAX_SLICE_MILLIS);
        averagingFactor =
                shares && strictRoundRobin ? clamp(averagingFactor, MIN_AVERAGING_FACTOR, MAX_AVERAGING_FACTOR) : 0;
        weighted = weighted || !shares;
    }

    /** Best effort, the default. */
    public static SchedulerPolicy bestEffort() {
        return new SchedulerPolicy(Kind.BEST_EFFORT, true, 0, 0, 0, true);
    }

    /** Equal or fixed share in strict round robin with the default frequency and averaging factor. */
    public static SchedulerPolicy strict(Kind kind) {
        return new SchedulerPolicy(kind, true, 0, 0, 0, true);
    }

    /** Equal or fixed share in strict round robin; 0 for a default. */
    public static SchedulerPolicy strict(Kind kind, int frequencyHz, int averagingFactor) {
        return new SchedulerPolicy(kind, true, frequencyHz, 0, averagingFactor, true);
    }

    /** Equal or fixed share where the one that has had the least time runs; 0 for the default slice. */
    public static SchedulerPolicy leastTime(Kind kind, int sliceMillis) {
        return new SchedulerPolicy(kind, false, 0, sliceMillis, 0, true);
    }

    /**
     * The policy of a value of NVIDIA's registry key RmPVMRL.
     *
     * @throws IllegalArgumentException if bits 7:4 name a scheduler that does not exist
     */
    public static SchedulerPolicy fromRegistryKey(int key) {
        if ((key & ENABLED) == 0) {
            return bestEffort();
        }
        int scheduler = key >>> 4 & 0xf;
        if (scheduler > FIXED) {
            throw new IllegalArgumentException("RmPVMRL 0x" + Integer.toHexString(key) + " asks for scheduler "
                    + scheduler + " in bits 7:4; there are 0 (equal share) and 1 (fixed share).");
        }
        Kind kind = scheduler == FIXED ? Kind.FIXED_SHARE : Kind.EQUAL_SHARE;
        boolean weighted = (key & NOT_WEIGHTED) == 0;
        // The two fields overlap; which one counts depends on the mode. The frequency is read as the three digits that
        // NVIDIA's guide shows.
        return (key & NOT_STRICT) == 0
                ? new SchedulerPolicy(kind, true, key >>> 12 & 0xfff, 0, key >>> 24, weighted)
                : new SchedulerPolicy(kind, false, 0, key >>> 16 & 0xff, 0, weighted);
    }

    /** This policy as a value of NVIDIA's registry key RmPVMRL. */
    public int toRegistryKey() {
        if (kind == Kind.BEST_EFFORT) {
            return 0;
        }
        return ENABLED
                | (strictRoundRobin ? 0 : NOT_STRICT)
                | (weighted ? 0 : NOT_WEIGHTED)
                | (kind == Kind.FIXED_SHARE ? FIXED << 4 : 0)
                | frequencyHz << 12
                | sliceMillis << 16
                | averagingFactor << 24;
    }

    /** How long a slice is where at most {@code density} vGPUs of the type fit the GPU. */
    public long sliceNanos(int density) {
        if (sliceMillis != 0) {
            return sliceMillis * NANOS_PER_MILLI;
        }
        if (frequencyHz != 0) {
            return NANOS_PER_SECOND / frequencyHz;
        }
        boolean few = density <= DENSE;
        if (kind != Kind.BEST_EFFORT && strictRoundRobin) {
            return NANOS_PER_SECOND / (few ? 480 : 960);
        }
        return (few ? 2 : 1) * NANOS_PER_MILLI;
    }

    /** Over how many slices overshoot is paid back; 0 if it is not. */
    public int effectiveAveragingFactor() {
        if (kind == Kind.BEST_EFFORT || !strictRoundRobin) {
            return 0;
        }
        return averagingFactor == 0 ? DEFAULT_AVERAGING_FACTOR : averagingFactor;
    }

    private static int clamp(int value, int least, int most) {
        return value == 0 ? 0 : Math.clamp(value, least, most);
    }
}
