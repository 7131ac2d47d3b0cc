// SPDX-License-Identifier: Apache-2.0
package io.lamella.daemon;

import io.lamella.core.CorePeer;

/** Says that the vGPU side, from the manager to the daemon, is part of the program. */
public final class VgpuSide implements CorePeer {
    @Override
    public String name() {
        return "vgpu";
    }

    @Override
    public String description() {
        return "Cuts GPUs into vGPUs and serves each to a VM, with a daemon that keeps what is wanted.";
    }
}
