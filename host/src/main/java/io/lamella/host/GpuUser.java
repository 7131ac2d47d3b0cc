// SPDX-License-Identifier: Apache-2.0
package io.lamella.host;

import io.lamella.core.GpuDescription;
import io.lamella.gpu.SoftwareGpu;
import java.util.List;
import java.util.Optional;

/** What drives a GPU of a host now. A GPU has one at a time; it goes before the next one comes. */
public sealed interface GpuUser extends AutoCloseable permits HostGpu, PassthroughGpu, DrmGpu {
    /** The GPU's, on this host. */
    String name();

    /** What the GPU is used for. */
    GpuUse use();

    /** The board itself: the view from outside. It stays when its user goes. */
    SoftwareGpu board();

    /** What the host's core says of the GPU; empty if the core does not drive it. */
    Optional<GpuDescription> description();

    /** Who would lose something if this user went: a few words each, such as a vGPU's name. Empty if the GPU is idle. */
    List<String> holders();

    /** Winds everything down, VMs first, and leaves the board alone in its slot. Never throws. For {@link LamellaHost}, which knows what is next. */
    @Override
    void close();
}
