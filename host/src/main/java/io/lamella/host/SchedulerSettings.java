// SPDX-License-Identifier: Apache-2.0
package io.lamella.host;

import io.lamella.gpu.sched.SchedulerPolicy;
import io.lamella.gpu.sched.SchedulerPolicy.Setting;

/**
 * How the vGPUs of a GPU share its engines, in NVIDIA's terms. What is 0 is NVIDIA's default: slices of 2 ms where up to eight vGPUs of a type fill the
 * GPU and 1 ms where more do (480 and 960 a second in strict round robin), an averaging factor of 33.
 *
 * @param policy who gets how much
 * @param strictRoundRobin whether vGPUs take turns and pay back what they ran too long; if not, the one that has had the least time runs. Always true with
 *     {@link Policy#BEST_EFFORT}
 * @param timeSliceMillis without strict round robin: the length of a slice, {@value SchedulerPolicy#SLICE_RANGE}, or 0
 * @param frequencyHz with strict round robin: slices a second, {@value SchedulerPolicy#FREQUENCY_RANGE}, or 0
 * @param averagingFactor with strict round robin: over how many slices overshoot is paid back, {@value SchedulerPolicy#AVERAGING_RANGE}, or 0
 */
public record SchedulerSettings(
        Policy policy, boolean strictRoundRobin, int timeSliceMillis, int frequencyHz, int averagingFactor) {
    /** NVIDIA's default. */
    public static final SchedulerSettings DEFAULT = of(Policy.BEST_EFFORT);

    /** Who gets how much of the engines' time. */
    public enum Policy {
        /** Whoever has work takes turns; nothing is kept for anybody. */
        BEST_EFFORT(SchedulerPolicy.Kind.BEST_EFFORT),
        /** Every vGPU whose driver runs has the same part, whether it has work or not. */
        EQUAL_SHARE(SchedulerPolicy.Kind.EQUAL_SHARE),
        /** Every vGPU has the part that its type has of the GPU; nobody has the rest. */
        FIXED_SHARE(SchedulerPolicy.Kind.FIXED_SHARE);

        private final SchedulerPolicy.Kind kind;

        Policy(SchedulerPolicy.Kind kind) {
            this.kind = kind;
        }

        /** As written on command lines, such as {@code equal-share}. */
        public String label() {
            return kind.label();
        }

        /** @throws IllegalArgumentException if there is none of that label, with those that there are */
        public static Policy ofLabel(String label) {
            for (Policy one : values()) {
                if (one.label().equals(label)) {
                    return one;
                }
            }
            throw new IllegalArgumentException("There is no scheduling policy '" + label
                    + "'; there are best-effort, equal-share and fixed-share.");
        }

        @Override
        public String toString() {
            return kind.label();
        }
    }

    /** @throws IllegalArgumentException if a value is out of its range or does not go with the policy, as a sentence */
    public SchedulerSettings {
        boolean shares = policy != Policy.BEST_EFFORT;
        if (!shares && !strictRoundRobin) {
            throw new IllegalArgumentException("Best effort always takes turns; only equal-share and fixed-share can do"
                    + " without strict round robin.");
        }
        requireRange("A time slice", Setting.SLICE_MILLIS, timeSliceMillis, " ms");
        requireRange("The scheduler's frequency", Setting.FREQUENCY_HZ, frequencyHz, " Hz");
        requireRange("The averaging factor", Setting.AVERAGING_FACTOR, averagingFactor, "");
        if (!shares && (timeSliceMillis != 0 || frequencyHz != 0 || averagingFactor != 0)) {
            throw new IllegalArgumentException("Best effort has no time slice, frequency or averaging factor to set;"
                    + " take equal-share or fixed-share for that.");
        }
        if (strictRoundRobin && timeSliceMillis != 0) {
            throw new IllegalArgumentException(
                    "Strict round robin takes a frequency (" + SchedulerPolicy.FREQUENCY_RANGE
                            + " Hz), not a time slice; a time slice is for running without it.");
        }
        if (!strictRoundRobin && (frequencyHz != 0 || averagingFactor != 0)) {
            throw new IllegalArgumentException(
                    "A frequency and an averaging factor are for strict round robin; without it there is a time slice ("
                            + SchedulerPolicy.SLICE_RANGE + " ms).");
        }
    }

    private static void requireRange(String what, Setting setting, int value, String unit) {
        if (!setting.allows(value)) {
            throw new IllegalArgumentException(
                    what + " is from " + setting.range() + unit + ", or 0 for the default, not " + value + unit + ".");
        }
    }

    /** A policy in strict round robin with NVIDIA's defaults. */
    public static SchedulerSettings of(Policy policy) {
        return new SchedulerSettings(policy, true, 0, 0, 0);
    }

    /** The same in strict round robin with so many slices a second. */
    public SchedulerSettings withFrequency(int hz) {
        return new SchedulerSettings(policy, true, 0, hz, averagingFactor);
    }

    /** The same in strict round robin with this averaging factor. */
    public SchedulerSettings withAveragingFactor(int factor) {
        return new SchedulerSettings(policy, true, 0, frequencyHz, factor);
    }

    /** The same without strict round robin, in slices of so many milliseconds. */
    public SchedulerSettings withTimeSlice(int millis) {
        return new SchedulerSettings(policy, false, millis, 0, 0);
    }

    SchedulerPolicy toPolicy() {
        return new SchedulerPolicy(policy.kind, strictRoundRobin, frequencyHz, timeSliceMillis, averagingFactor, true);
    }

    static SchedulerSettings of(SchedulerPolicy in) {
        Policy policy = switch (in.kind()) {
            case BEST_EFFORT -> Policy.BEST_EFFORT;
            case EQUAL_SHARE -> Policy.EQUAL_SHARE;
            case FIXED_SHARE -> Policy.FIXED_SHARE;
        };
        return new SchedulerSettings(
                policy, in.strictRoundRobin(), in.sliceMillis(), in.frequencyHz(), in.averagingFactor());
    }

    /** In words, such as {@code equal-share, strict round robin, 480 Hz, averaging factor 33}. */
    public String describe() {
        return toPolicy().describe();
    }
}
