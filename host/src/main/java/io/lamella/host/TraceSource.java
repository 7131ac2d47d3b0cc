// SPDX-License-Identifier: Apache-2.0
package io.lamella.host;

import io.lamella.gpu.trace.TraceFeed;
import io.lamella.gpu.trace.TraceFilter;
import io.lamella.vgpu.VgpuException;
import java.util.UUID;

/** Whose vGPUs can be watched. */
public interface TraceSource {
    /**
     * Begins to watch a vGPU: what happens in it from now on, until the feed is closed or the vGPU is gone. A watched vGPU is not slower for its
     * guest in a way that the guest could tell; a reader that is too slow loses events, and is told how many.
     *
     * @throws VgpuException {@code NOT_FOUND}
     */
    TraceFeed subscribe(UUID uuid, TraceFilter filter);
}
