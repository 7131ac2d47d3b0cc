// SPDX-License-Identifier: Apache-2.0
package io.lamella.host.node;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A node as it is at one moment.
 *
 * @param name of the node
 * @param startedAt ISO 8601
 * @param runtimeDirectory where sockets are
 * @param stateDirectory where the desired state is kept; null if it is not
 * @param gpuCount GPUs, those that are away too
 * @param vgpuCount vGPUs
 * @param vgpusByPhase how many are in which phase
 * @param oldestEventId the oldest event that is still kept; 0 if there is none
 * @param newestEventId the newest event
 * @param storeReports what was wrong with stored files when the node started, a sentence each
 */
public record NodeView(
        String name,
        String startedAt,
        String runtimeDirectory,
        @Nullable String stateDirectory,
        int gpuCount,
        int vgpuCount,
        Map<String, Integer> vgpusByPhase,
        long oldestEventId,
        long newestEventId,
        List<String> storeReports) {}
