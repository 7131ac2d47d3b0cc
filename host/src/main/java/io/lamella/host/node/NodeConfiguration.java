// SPDX-License-Identifier: Apache-2.0
package io.lamella.host.node;

import io.lamella.linux.SocketAccess;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a node is made of.
 *
 * @param name of the node, such as the host's name
 * @param gpus its GPUs, 1 to 64
 * @param runtimeDirectory where sockets are; null for a private directory of its own
 * @param stateDirectory where the desired state and the event journal are kept; null to keep nothing beyond this process
 * @param typeFiles vGPU types beside those that come with Lamella
 * @param firmwareDirectory GSP firmware files, by the names that linux-firmware gives them; null for the synthetic ones
 * @param firmwareReleases to try, the preferred one first; empty for the default
 * @param eventCapacity how many events are kept for those who ask later
 * @param socketAccess who may connect to the vGPUs' sockets; for a group, {@code runtimeDirectory} is needed
 */
public record NodeConfiguration(
        String name,
        List<GpuConfiguration> gpus,
        @Nullable Path runtimeDirectory,
        @Nullable Path stateDirectory,
        List<Path> typeFiles,
        @Nullable Path firmwareDirectory,
        List<String> firmwareReleases,
        int eventCapacity,
        SocketAccess socketAccess) {
    public static final int DEFAULT_EVENT_CAPACITY = 4096;

    public NodeConfiguration {
        gpus = List.copyOf(gpus);
        typeFiles = List.copyOf(typeFiles);
        firmwareReleases = List.copyOf(firmwareReleases);
    }

    /** These GPUs and nothing else set. */
    public static NodeConfiguration of(GpuConfiguration... gpus) {
        return new NodeConfiguration(
                "node",
                List.of(gpus),
                null,
                null,
                List.of(),
                null,
                List.of(),
                DEFAULT_EVENT_CAPACITY,
                SocketAccess.OWNER);
    }

    public NodeConfiguration withName(String value) {
        return new NodeConfiguration(
                value,
                gpus,
                runtimeDirectory,
                stateDirectory,
                typeFiles,
                firmwareDirectory,
                firmwareReleases,
                eventCapacity,
                socketAccess);
    }

    public NodeConfiguration withRuntimeDirectory(@Nullable Path value) {
        return new NodeConfiguration(
                name,
                gpus,
                value,
                stateDirectory,
                typeFiles,
                firmwareDirectory,
                firmwareReleases,
                eventCapacity,
                socketAccess);
    }

    public NodeConfiguration withStateDirectory(@Nullable Path value) {
        return new NodeConfiguration(
                name,
                gpus,
                runtimeDirectory,
                value,
                typeFiles,
                firmwareDirectory,
                firmwareReleases,
                eventCapacity,
                socketAccess);
    }

    public NodeConfiguration withSocketAccess(SocketAccess value) {
        return new NodeConfiguration(
                name,
                gpus,
                runtimeDirectory,
                stateDirectory,
                typeFiles,
                firmwareDirectory,
                firmwareReleases,
                eventCapacity,
                value);
    }
}
