// SPDX-License-Identifier: Apache-2.0
package io.lamella.cli.node;

import io.lamella.daemon.client.DaemonClient;
import io.lamella.host.node.VgpuView;
import java.util.List;

/** How people name vGPUs: by name, by UUID, or by the first letters of either where no other begins so. */
final class Names {
    private Names() {}

    /** The UUID that is meant; what nobody has is left for the daemon to refuse. */
    static String uuid(DaemonClient daemon, String given) {
        List<VgpuView> all = daemon.vgpus();
        for (VgpuView vgpu : all) {
            if (vgpu.name().equals(given) || vgpu.uuid().equals(given)) {
                return vgpu.uuid();
            }
        }
        List<VgpuView> begin = all.stream()
                .filter(vgpu -> vgpu.name().startsWith(given) || vgpu.uuid().startsWith(given))
                .toList();
        return begin.size() == 1 ? begin.getFirst().uuid() : given;
    }

    /** The vGPU that is meant. */
    static VgpuView vgpu(DaemonClient daemon, String given) {
        return daemon.vgpu(uuid(daemon, given));
    }

    /** The GPU's name, or the only GPU's if none is given. */
    static String gpu(DaemonClient daemon, String given) {
        if (!given.isEmpty()) {
            return given;
        }
        var gpus = daemon.gpus();
        return gpus.isEmpty() ? "gpu0" : gpus.getFirst().name();
    }
}
