// SPDX-License-Identifier: Apache-2.0
package io.lamella.host.node;

import io.lamella.gpu.sched.SchedulerPolicy;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a GPU shares its engines' time. What is null is the default.
 *
 * @param policy who gets how much
 * @param strictRoundRobin whether vGPUs take turns and pay back overshoot; true if null. Without it the one that has had the least runs
 * @param frequencyHz with strict round robin: slices in a second, 63 to 960; 0 for the default
 * @param sliceMillis without: how long a slice is, 1 to 30; 0 for the default
 * @param averagingFactor with strict round robin: over how many slices overshoot is paid back, 1 to 60; 0 for the default
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
                SchedulerPolicy.Kind.valueOf(policy.name()),
                strictRoundRobin == null || strictRoundRobin,
                number(frequencyHz),
                number(sliceMillis),
                number(averagingFactor),
                weighted == null || weighted);
    }

    /** In a few words. */
    String describe() {
        SchedulerDefinition all = normal();
        return all.policy.text()
                + (all.policy == SchedulingPolicy.BEST_EFFORT
                        ? ""
                        : " (strictRoundRobin " + all.strictRoundRobin + ", frequencyHz " + all.frequencyHz
                                + ", sliceMillis " + all.sliceMillis + ", averagingFactor " + all.averagingFactor
                                + ", weighted " + all.weighted + ")");
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
        boolean strict = strictRoundRobin == null || strictRoundRobin;
        check(problems, path + ".frequencyHz", frequencyHz, 63, 960, strict, "with strictRoundRobin");
        check(problems, path + ".sliceMillis", sliceMillis, 1, 30, !strict, "without strictRoundRobin");
        check(problems, path + ".averagingFactor", averagingFactor, 1, 60, strict, "with strictRoundRobin");
        return problems;
    }

    private void check(
            List<NodeProblem> problems,
            String path,
            @Nullable Integer value,
            int min,
            int max,
            boolean applies,
            String when) {
        if (value == null || value == 0) {
            return;
        }
        if (value < min || value > max) {
            problems.add(new NodeProblem(
                    path,
                    "a number from " + min + " to " + max + " is needed, or 0 for the default, not " + value + "."));
        } else if (!applies || policy == SchedulingPolicy.BEST_EFFORT) {
            problems.add(new NodeProblem(
                    path, "it counts only " + when + " under equal-share and fixed-share; leave it out."));
        }
    }
}
