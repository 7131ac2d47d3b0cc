// SPDX-License-Identifier: Apache-2.0
package io.lamella.host.node;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A vGPU that somebody wants. It holds nothing of a GPU until it is started.
 *
 * @param name unique on the node: letters, digits, '.', '_', '-', up to 63, no UUID; made from the UUID if null
 * @param uuid unique, in the usual form; made up if null
 * @param gpu the GPU's name, or {@code any} for the first that takes it; {@code any} if null
 * @param type such as {@code L40-8Q}
 * @param placementId where on a GPU in mixed mode; null to leave the choice
 * @param vf the virtual function's index; null to leave the choice
 * @param parameters by name; empty if null
 * @param autostart whether the node starts it when it starts itself; true if null
 */
public record VgpuDefinition(
        @Nullable String name,
        @Nullable String uuid,
        @Nullable String gpu,
        String type,
        @Nullable Integer placementId,
        @Nullable Integer vf,
        @Nullable Map<String, String> parameters,
        @Nullable Boolean autostart) {
    /** Any GPU of the node. */
    public static final String ANY_GPU = "any";

    public VgpuDefinition {
        parameters = parameters == null ? null : Collections.unmodifiableMap(new TreeMap<>(parameters));
    }

    /** Of a type, with all the rest left open. */
    public static VgpuDefinition of(String type) {
        return new VgpuDefinition(null, null, null, type, null, null, null, null);
    }

    public VgpuDefinition withName(@Nullable String value) {
        return new VgpuDefinition(value, uuid, gpu, type, placementId, vf, parameters, autostart);
    }

    public VgpuDefinition withUuid(@Nullable String value) {
        return new VgpuDefinition(name, value, gpu, type, placementId, vf, parameters, autostart);
    }

    public VgpuDefinition withGpu(@Nullable String value) {
        return new VgpuDefinition(name, uuid, value, type, placementId, vf, parameters, autostart);
    }

    public VgpuDefinition withType(String value) {
        return new VgpuDefinition(name, uuid, gpu, value, placementId, vf, parameters, autostart);
    }

    public VgpuDefinition withPlacementId(@Nullable Integer value) {
        return new VgpuDefinition(name, uuid, gpu, type, value, vf, parameters, autostart);
    }

    public VgpuDefinition withParameters(@Nullable Map<String, String> value) {
        return new VgpuDefinition(name, uuid, gpu, type, placementId, vf, value, autostart);
    }

    public VgpuDefinition withAutostart(@Nullable Boolean value) {
        return new VgpuDefinition(name, uuid, gpu, type, placementId, vf, parameters, value);
    }
}
