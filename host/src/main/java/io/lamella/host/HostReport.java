// SPDX-License-Identifier: Apache-2.0
package io.lamella.host;

import io.lamella.core.FbUsage;
import io.lamella.vgpu.VgpuInfo;
import java.util.List;

/**
 * A host as it is at one moment, for printing.
 *
 * @param runtimeDirectory where its sockets are
 * @param gpus its GPUs, in order
 */
public record HostReport(String runtimeDirectory, List<Gpu> gpus) {
    public HostReport {
        gpus = List.copyOf(gpus);
    }

    /**
     * A GPU.
     *
     * @param name on this host, such as {@code gpu0}
     * @param chip such as {@code AD102}
     * @param product such as {@code NVIDIA L40}
     * @param address on its bus
     * @param firmwareRelease of its GSP
     * @param fbBytes size of its frame buffer
     * @param fb what of it can be given to vGPUs, and is free
     * @param enabledFunctions virtual functions that are enabled
     * @param totalFunctions virtual functions that it can have
     * @param vgpus its vGPUs, oldest first
     */
    public record Gpu(
            String name,
            String chip,
            String product,
            String address,
            String firmwareRelease,
            long fbBytes,
            FbUsage fb,
            int enabledFunctions,
            int totalFunctions,
            List<Vgpu> vgpus) {
        public Gpu {
            vgpus = List.copyOf(vgpus);
        }
    }

    /**
     * A vGPU.
     *
     * @param info what the manager knows of it
     * @param socket for its VM, or empty while there is none
     * @param attached whether a VM is attached
     */
    public record Vgpu(VgpuInfo info, String socket, boolean attached) {}
}
