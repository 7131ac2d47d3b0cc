// SPDX-License-Identifier: Apache-2.0
package io.lamella.host.node;

import io.lamella.gpu.sched.SchedulerPolicy;
import io.lamella.gpu.sched.SchedulerPolicy.Setting;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a GPU shares its engines' time. What is null is the default.
 *
 * @param policy who gets how much
 * @param strictRoundRobin whether vGPUs take turns and pay back overshoot; true if null. Without it the one that has had the least runs
 * @param frequencyHz with strict round robin: slices in a second, {@value SchedulerPolicy#FREQUENCY_RANGE}; 0 for the default
 * @param sliceMillis without: how long a slice is, {@value SchedulerPolicy#SLICE_RANGE}; 0 for the default
 * @param averagingFactor with strict round robin: over how many slices overshoot is paid back, {@value SchedulerPolicy#AVERAGING_RANGE}; 0 for the
 *     default
 * @param weighted whether weights count under equal share; true if null
 */
public record SchedulerDefinition(
        SchedulingPolicy policy,
        @Nullable Boolean strictRoundRobin,
        @Nullable Integer frequencyHz,
        @Nullable Integer sliceMillis,
        @Nullable Integer averagingFactor,
        @Nullable Boolean weighted) {
    /** Best effort. */
    public static final SchedulerDefinition DEFAULT = of(SchedulerPolicy.bestEffort());

    /** A policy with its defaults. */
    public static SchedulerDefinition of(SchedulingPolicy policy) {
        return new SchedulerDefinition(policy, null, null, null, null, null).normal();
    }

    static SchedulerDefinition of(SchedulerPolicy policy) {
        return new SchedulerDefinition(
                SchedulingPolicy.valueOf(policy.kind().name()),
                policy.strictRoundRobin(),
                policy.frequencyHz(),
                policy.sliceMillis(),
                policy.averagingFactor(),
                policy.weighted());
    }

    SchedulerPolicy toPolicy() {
        return new SchedulerPolicy(
                policy.kind(),
                strictRoundRobin == null || strictRoundRobin,
                number(frequencyHz),
                number(sliceMillis),
                number(averagingFactor),
                weighted == null || weighted);
    }

    /** In words, such as {@code equal-share, strict round robin, 480 Hz, averaging factor 33}. */
    public String describe() {
        return toPolicy().describe();
    }

    /** The same with nothing left open. */
    SchedulerDefinition normal() {
        return of(toPolicy());
    }

    private static int number(@Nullable Integer value) {
        return value == null ? 0 : value;
    }

    /** What is wrong with it, each with its path below {@code path}. */
    List<NodeProblem> problems(String path) {
        List<NodeProblem> problems = new ArrayList<>();
        check(problems, path + ".frequencyHz", frequencyHz, Setting.FREQUENCY_HZ, "with strictRoundRobin");
        check(problems, path + ".sliceMillis", sliceMillis, Setting.SLICE_MILLIS, "without strictRoundRobin");
        check(problems, path + ".averagingFactor", averagingFactor, Setting.AVERAGING_FACTOR, "with strictRoundRobin");
        return problems;
    }

    private void check(List<NodeProblem> problems, String path, @Nullable Integer value, Setting setting, String when) {
        if (value == null || value == 0) {
            return;
        }
        if (!setting.allows(value)) {
            problems.add(new NodeProblem(
                    path, "a number from " + setting.range() + " is needed, or 0 for the default, not " + value + "."));
        } else if (!setting.applies(policy.kind(), strictRoundRobin == null || strictRoundRobin)) {
            problems.add(new NodeProblem(
                    path, "it counts only " + when + " under equal-share and fixed-share; leave it out."));
        }
    }
}
