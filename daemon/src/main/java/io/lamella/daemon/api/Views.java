// SPDX-License-Identifier: Apache-2.0
package io.lamella.daemon.api;

import io.lamella.daemon.http.Doc;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Answers that are no records of the node's. */
public final class Views {
    private Views() {}

    /** Who answers. */
    @Doc("Who answers.")
    public record Version(
            @Doc("The product's name.") String product,
            @Doc("Its release.") String version,

            @Doc("The API's version, the first part of every path.")
            String api,

            @Doc("The Java that it runs on.") String java,
            @Doc("The daemon's process id.") long pid) {}

    /** How the daemon is. */
    @Doc("How the daemon is.")
    public record Health(
            @Doc("Ok, or what is wrong in a word.") String status,

            @Doc(value = "Each thing that was looked at, and how it is.", maxLength = 4096)
            Map<String, String> checks) {}

    /** One line of a scheduler's log. */
    @Doc("One line of a scheduler's log: a turn that has ended.")
    public record SchedulerTurn(
            @Doc("When it ended, in nanoseconds of the GPU's own clock.")
            long timestampNanos,

            @Doc("The function's number; 0 for the host's own work.")
            int gfid,

            @Doc(value = "The vGPU's UUID, while it is on the GPU.", optional = true) @Nullable
            String vgpu,

            @Doc("How long it ran this time.") long runNanos,
            @Doc("How long it was to run.") long targetSliceNanos,
            @Doc("How long it had run by then in all.") long totalRunNanos,

            @Doc("How long it had taken by then in all to stop after its slices.")
            long overshootNanos,

            @Doc("How long it had had no work by then in all.")
            long idleNanos,

            @Doc("Its weight.") int weight) {}
}
