// SPDX-License-Identifier: Apache-2.0
package io.lamella.cli;

import io.lamella.gpu.sched.SchedulerPolicy;
import io.lamella.host.SchedulerSettings;
import io.lamella.host.SchedulerSettings.Policy;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** How the vGPUs of a GPU share its engines, as options. */
final class SchedulerOptions {
    @Option(
            names = "--scheduler",
            paramLabel = "POLICY",
            description = "How vGPUs share the engines: best-effort (the default), equal-share or fixed-share.")
    private String policy = "best-effort";

    @Option(
            names = "--time-slice-ms",
            paramLabel = "N",
            description = "Slices of " + SchedulerPolicy.SLICE_RANGE
                    + " ms, without strict round robin (equal-share, fixed-share).")
    private @Nullable Integer timeSliceMillis;

    @Option(
            names = "--frequency-hz",
            paramLabel = "N",
            description = SchedulerPolicy.FREQUENCY_RANGE + " slices a second, in strict round robin (default: "
                    + SchedulerPolicy.DEFAULT_FREQUENCY_HZ + ", or " + SchedulerPolicy.DEFAULT_DENSE_FREQUENCY_HZ
                    + " if more than " + SchedulerPolicy.FEW + " vGPUs of the type fit).")
    private @Nullable Integer frequencyHz;

    @Option(
            names = "--averaging-factor",
            paramLabel = "N",
            description = "Over how many slices overshoot is paid back, " + SchedulerPolicy.AVERAGING_RANGE
                    + " (default: " + SchedulerPolicy.DEFAULT_AVERAGING_FACTOR + ").")
    private @Nullable Integer averagingFactor;

    @Spec(Target.MIXEE)
    private @Nullable CommandSpec spec;

    /** @throws ParameterException if they do not go together, as a sentence */
    SchedulerSettings settings() {
        try {
            return new SchedulerSettings(
                    Policy.ofLabel(policy),
                    timeSliceMillis == null,
                    value(timeSliceMillis),
                    value(frequencyHz),
                    value(averagingFactor));
        } catch (IllegalArgumentException e) {
            if (spec == null) {
                throw e;
            }
            throw new ParameterException(spec.commandLine(), Lamella.sentence(e));
        }
    }

    /** 0 is the default, written or not. */
    private static int value(@Nullable Integer given) {
        return given == null ? 0 : given;
    }
}
