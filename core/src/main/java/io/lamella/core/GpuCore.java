// SPDX-License-Identifier: Apache-2.0
package io.lamella.core;

import java.util.List;
import java.util.Set;

/**
 * A GPU that runs. The one interface between the GPU's driver and everything above it: the vGPU manager, a DRM-like peer, others. It knows
 * nothing of them.
 *
 * <p>A client's life: {@link #attach} with the versions and capabilities it wants, take what it needs from the session, hear of events,
 * give back, close the session. All methods may be called from any thread.
 */
public interface GpuCore extends AutoCloseable {
    /** The newest interface version that this module speaks. It speaks every earlier one of the same major number. */
    ApiVersion API_VERSION = new ApiVersion(1, 0);

    /** What the GPU is. */
    GpuDescription description();

    /**
     * Lets a client in.
     *
     * @param wanted what it means to do; it gets all of it or is refused
     * @param listener told of events until the session is closed
     * @throws CoreException {@code NOT_SUPPORTED} if no interface version suits both or a capability is not to be had (SR-IOV of a GPU
     *     without it), {@code CLOSED}, {@code GONE}
     */
    CoreSession attach(ClientIdentity client, VersionRange versions, Set<CoreCapability> wanted, CoreEvents listener);

    /** The sessions that are open, oldest first. */
    List<CoreSession> sessions();

    /** Whether the function answers and its firmware runs. */
    boolean isAlive();

    /**
     * Ends every session, tells the firmware to unload, resets the GPU. Never throws and never waits without a limit. The slot stays open;
     * the GPU can be opened again.
     */
    @Override
    void close();
}
