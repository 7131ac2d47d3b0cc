// SPDX-License-Identifier: Apache-2.0
package io.lamella.host.node;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Something that happened on a node.
 *
 * @param id rises with every event, over restarts too; not every number is used
 * @param time ISO 8601, UTC, with milliseconds
 * @param kind in kebab case, such as {@code vgpu-changed} or {@code client-attached}
 * @param gpu the GPU's name, if it is about one
 * @param vgpu the vGPU's UUID, if it is about one
 * @param vgpuName its name
 * @param audit whether an operator's decision is recorded by it
 * @param sentence what happened, for a person
 * @param details for programs, such as {@code from} and {@code to} of a change of state
 */
public record NodeEvent(
        long id,
        String time,
        String kind,
        @Nullable String gpu,
        @Nullable String vgpu,
        @Nullable String vgpuName,
        boolean audit,
        String sentence,
        Map<String, String> details) {
    public NodeEvent {
        details = Map.copyOf(details);
    }
}
