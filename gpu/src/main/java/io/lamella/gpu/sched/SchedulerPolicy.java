// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.sched;

/**
 * How an engine's time is shared, with NVIDIA's parameters. Values out of range are moved to the nearest end of it, and 0 is the default, as
 * NVIDIA documents it.
 *
 * @param kind who gets how much
 * @param strictRoundRobin whether members take turns and pay back overshoot (NVIDIA: adaptive round robin); if not, the one that has had the least
 *     time runs. Best effort always takes turns and pays nothing back
 * @param frequencyHz with strict round robin: how many slices a second has, {@value #FREQUENCY_RANGE}; 0 for the default
 * @param sliceMillis without: how long a slice is, {@value #SLICE_RANGE}; 0 for the default
 * @param averagingFactor with strict round robin: over how many slices overshoot is paid back, {@value #AVERAGING_RANGE}; 0 for
 *     {@value #DEFAULT_AVERAGING_FACTOR}
 * @param weighted whether weights count under equal share
 */
public record SchedulerPolicy(
        Kind kind, boolean strictRoundRobin, int frequencyHz, int sliceMillis, int averagingFactor, boolean weighted) {
    private static final int MIN_FREQUENCY_HZ = 63;
    private static final int MAX_FREQUENCY_HZ = 960;
    private static final int MIN_SLICE_MILLIS = 1;
    private static final int MAX_SLICE_MILLIS = 30;
    private static final int MIN_AVERAGING_FACTOR = 1;
    private static final int MAX_AVERAGING_FACTOR = 60;

    /** The ranges in words, for sentences and help. */
    public static final String FREQUENCY_RANGE = MIN_FREQUENCY_HZ + " to " + MAX_FREQUENCY_HZ;

    public static final String SLICE_RANGE = MIN_SLICE_MILLIS + " to " + MAX_SLICE_MILLIS;
    public static final String AVERAGING_RANGE = MIN_AVERAGING_FACTOR + " to " + MAX_AVERAGING_FACTOR;

    /** Slices a second by default, where few and where many vGPUs of the type fit the GPU. */
    public static final int DEFAULT_FREQUENCY_HZ = 480;

    public static final int DEFAULT_DENSE_FREQUENCY_HZ = 960;
    public static final int DEFAULT_AVERAGING_FACTOR = 33;

    /** How many vGPUs of a type are few. */
    public static final int FEW = 8;

    private static final int DEFAULT_SLICE_MILLIS = 2;
    private static final int DEFAULT_DENSE_SLICE_MILLIS = 1;
    private static final long NANOS_PER_SECOND = 1_000_000_000;
    private static final long NANOS_PER_MILLI = 1_000_000;

    private static final int ENABLED = 1;
    private static final int NOT_STRICT = 1 << 1;
    private static final int NOT_WEIGHTED = 1 << 3;
    private static final int FIXED = 1;

    /** Who gets how much of the engine. */
    public enum Kind {
        /** Whoever has work takes turns; nothing is kept for anybody. */
        BEST_EFFORT("best-effort"),
        /** Every vGPU that runs has the same part, whether it has work or not. */
        EQUAL_SHARE("equal-share"),
        /** Every vGPU has the part that its type has of the GPU; nobody has the rest. */
        FIXED_SHARE("fixed-share");

        private final String label;

        Kind(String label) {
            this.label = label;
        }

        /** As people write it, such as {@code equal-share}. */
        public String label() {
            return label;
        }
    }

    /** A number that can be set, or be 0 for its default. */
    public enum Setting {
        FREQUENCY_HZ(MIN_FREQUENCY_HZ, MAX_FREQUENCY_HZ, FREQUENCY_RANGE, true),
        SLICE_MILLIS(MIN_SLICE_MILLIS, MAX_SLICE_MILLIS, SLICE_RANGE, false),
        AVERAGING_FACTOR(MIN_AVERAGING_FACTOR, MAX_AVERAGING_FACTOR, AVERAGING_RANGE, true);

        private final int least;
        private final int most;
        private final String range;
        private final boolean strict;

        Setting(int least, int most, String range, boolean strict) {
            this.least = least;
            this.most = most;
            this.range = range;
            this.strict = strict;
        }

        /** In words, such as {@code 63 to 960}. */
        public String range() {
            return range;
        }

        /** Whether the value is in the range, or 0. */
        public boolean allows(int value) {
            return value == 0 || (value >= least && value <= most);
        }

        /** Whether it counts under such a policy. */
        public boolean applies(Kind kind, boolean strictRoundRobin) {
            return kind != Kind.BEST_EFFORT && strictRoundRobin == strict;
        }

        private int effective(int value, Kind kind, boolean strictRoundRobin) {
            return value == 0 || !applies(kind, strictRoundRobin) ? 0 : Math.clamp(value, least, most);
        }
    }

    public SchedulerPolicy {
        boolean shares = kind != Kind.BEST_EFFORT;
        strictRoundRobin = strictRoundRobin || !shares;
        frequencyHz = Setting.FREQUENCY_HZ.effective(frequencyHz, kind, strictRoundRobin);
        sliceMillis = Setting.SLICE_MILLIS.effective(sliceMillis, kind, strictRoundRobin);
        averagingFactor = Setting.AVERAGING_FACTOR.effective(averagingFactor, kind, strictRoundRobin);
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
        boolean few = density <= FEW;
        if (kind != Kind.BEST_EFFORT && strictRoundRobin) {
            return NANOS_PER_SECOND / (few ? DEFAULT_FREQUENCY_HZ : DEFAULT_DENSE_FREQUENCY_HZ);
        }
        return (few ? DEFAULT_SLICE_MILLIS : DEFAULT_DENSE_SLICE_MILLIS) * NANOS_PER_MILLI;
    }

    /** Over how many slices overshoot is paid back; 0 if it is not. */
    public int effectiveAveragingFactor() {
        if (kind == Kind.BEST_EFFORT || !strictRoundRobin) {
            return 0;
        }
        return averagingFactor == 0 ? DEFAULT_AVERAGING_FACTOR : averagingFactor;
    }

    /** In words, such as {@code equal-share, strict round robin, 480 Hz, averaging factor 33}. */
    public String describe() {
        if (kind == Kind.BEST_EFFORT) {
            return kind.label();
        }
        String rhythm = strictRoundRobin
                ? "strict round robin, "
                        + or(frequencyHz, DEFAULT_FREQUENCY_HZ + " or " + DEFAULT_DENSE_FREQUENCY_HZ, " Hz")
                        + ", averaging factor " + effectiveAveragingFactor()
                : "least time first, slices of "
                        + or(sliceMillis, DEFAULT_DENSE_SLICE_MILLIS + " or " + DEFAULT_SLICE_MILLIS, " ms");
        return kind.label() + ", " + rhythm + (weighted ? "" : ", without weights");
    }

    private static String or(int value, String defaults, String unit) {
        return value == 0 ? defaults + unit + " by type" : value + unit;
    }
}
