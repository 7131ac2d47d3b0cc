// SPDX-License-Identifier: Apache-2.0
package io.lamella.daemon.operation;

import io.lamella.daemon.http.Doc;
import io.lamella.daemon.http.Problem;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Work that goes on after the request that began it was answered, as it is at one moment. */
@Doc("Work that goes on after the request that began it was answered, as it is at one moment.")
public record Operation(
        @Doc("By which it is known.") String id,

        @Doc(value = "What is done, such as start-vgpu.", pattern = "[a-z][a-z-]*")
        String kind,

        @Doc("The thing that it is done to, as the request named it.")
        String target,

        @Doc(
                value = "How far it is: pending (waits for its turn), running, succeeded, failed, cancelled.",
                oneOf = {"pending", "running", "succeeded", "failed", "cancelled"})
        String status,

        @Doc(value = "What happened last in it, in a sentence; empty at first.", maxLength = 8192)
        String says,

        @Doc(value = "How many things have happened in it.", max = 1L << 40)
        long steps,

        @Doc("When it was asked for.") Instant createdAt,

        @Doc(value = "When its turn came.", optional = true) @Nullable
        Instant startedAt,

        @Doc(value = "When it was over.", optional = true) @Nullable
        Instant finishedAt,

        @Doc(value = "The thing as it was afterwards, or a report of what was done, if there is one.", optional = true)
        @Nullable
        JsonNode result,

        @Doc(value = "Why it failed.", optional = true) @Nullable
        Problem problem) {
    /** Whether nothing more happens to it. */
    public boolean isOver() {
        return switch (status) {
            case "succeeded", "failed", "cancelled" -> true;
            default -> false;
        };
    }
}
