// SPDX-License-Identifier: Apache-2.0
package io.lamella.daemon.api;

import io.lamella.daemon.http.Doc;
import io.lamella.host.GpuUse;
import io.lamella.host.node.GpuMode;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Bodies of requests that are no records of the node's. */
public final class Requests {
    private Requests() {}

    /** What a GPU is to be used for. */
    @Doc("What a GPU is to be used for.")
    public record Use(
            @Doc("Cut into vGPUs, through the DRM peer by programs on the host, or whole by a VM.")
            GpuUse use) {}

    /** How a GPU is to be cut. */
    @Doc("How a GPU is to be cut.")
    public record Mode(@Doc("Equal sizes only, or mixed.") GpuMode mode) {}

    /** How many virtual functions a GPU is to have enabled. */
    @Doc("How many virtual functions a GPU is to have enabled.")
    public record VirtualFunctions(
            @Doc(value = "So many; -1 for as many as vGPUs need.", min = -1, max = 63)
            int count) {}

    /** vGPUs of which somebody wants to know whether they would fit. */
    @Doc("vGPUs of which somebody wants to know whether they would fit.")
    public record Plan(
            @Doc(value = "The GPU's name; any if left out.", optional = true) @Nullable
            String gpu,

            @Doc(value = "Their types, in the order in which they would be started.", maxItems = 64, maxLength = 64)
            List<String> types) {}

    /** All parameters of a vGPU. */
    @Doc("All parameters of a vGPU; those that are left out go back to their defaults.")
    public record Parameters(
            @Doc(value = "By name.", maxItems = 64) Map<String, String> parameters) {}
}
