// SPDX-License-Identifier: Apache-2.0
package io.lamella.host.node;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.lamella.host.GpuUse;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A node as somebody wants it, as in {@code node.yaml}.
 *
 * <p>A GPU's settings that are left out stay as they are. A vGPU is described whole: what is left out has its default. vGPUs that are not in
 * the file stay, unless the file is applied with the wish to prune.
 *
 * @param apiVersion {@value #API_VERSION}
 * @param kind {@value #KIND}
 * @param gpus settings of GPUs that the node has
 * @param vgpus those that are to be there
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record NodeFile(
        @Nullable String apiVersion,
        @Nullable String kind,
        @Nullable List<Gpu> gpus,
        @Nullable List<Vgpu> vgpus) {
    public static final String API_VERSION = "lamella/v1";
    public static final String KIND = "Node";

    public NodeFile {
        gpus = gpus == null ? null : Collections.unmodifiableList(gpus);
        vgpus = vgpus == null ? null : Collections.unmodifiableList(vgpus);
    }

    /** A file with these vGPUs. */
    public static NodeFile of(List<Gpu> gpus, List<Vgpu> vgpus) {
        return new NodeFile(API_VERSION, KIND, gpus, vgpus);
    }

    /**
     * Settings of a GPU.
     *
     * @param name the GPU's
     * @param board checked: a file does not change what a board is
     * @param frameBufferBytes checked too; may be written as {@code 48GiB}
     * @param use what it is used for: {@code vgpu}, {@code drm} or {@code passthrough}
     * @param mode how it is cut while it is used for vGPUs
     * @param scheduler how its engines are shared
     * @param enabledVirtualFunctions as in {@link GpuConfiguration}
     * @param core checked: a file does not change what drives a GPU
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Gpu(
            @Nullable String name,
            @Nullable String board,
            @Nullable ByteSize frameBufferBytes,
            @Nullable GpuUse use,
            @Nullable GpuMode mode,
            @Nullable SchedulerDefinition scheduler,
            @Nullable Integer enabledVirtualFunctions,
            @Nullable String core) {}

    /**
     * A vGPU. Found by its UUID if it is given, else by its name.
     *
     * @param name needed
     * @param uuid as in {@link VgpuDefinition}, like what follows
     * @param gpu see there
     * @param type see there; needed
     * @param placementId see there
     * @param vf see there
     * @param parameters see there
     * @param autostart see there
     * @param state whether it is to run; running if null and autostart is not false, else left as it is
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Vgpu(
            @Nullable String name,
            @Nullable String uuid,
            @Nullable String gpu,
            @Nullable String type,
            @Nullable Integer placementId,
            @Nullable Integer vf,
            @Nullable Map<String, String> parameters,
            @Nullable Boolean autostart,
            @Nullable WantedState state) {
        public Vgpu {
            parameters = parameters == null ? null : Collections.unmodifiableMap(new TreeMap<>(parameters));
        }

        /** A running vGPU with all the rest left open. */
        public static Vgpu of(String name, String type) {
            return new Vgpu(name, null, null, type, null, null, null, null, null);
        }

        VgpuDefinition definition() {
            return new VgpuDefinition(
                    name, uuid, gpu, type == null ? "" : type, placementId, vf, parameters, autostart);
        }
    }

    List<Gpu> gpuItems() {
        return gpus == null ? List.of() : gpus;
    }

    List<Vgpu> vgpuItems() {
        return vgpus == null ? List.of() : vgpus;
    }
}
