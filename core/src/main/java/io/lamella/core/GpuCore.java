// SPDX-License-Identifier: Apache-2.0
package io.lamella.core;

import io.lamella.core.session.RunningCore;
import io.lamella.pci.PciSlot;
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
    ApiVersion API_VERSION = new ApiVersion(1, 2);

    /**
     * Brings a GPU up: identifies the chip, loads and starts its firmware, asks it what there is. On failure everything is undone and the
     * GPU reset.
     *
     * @param slot where the GPU is; it stays the caller's, and must not be used otherwise until the core is closed
     * @throws CoreException {@code NOT_SUPPORTED} for a chip or program that cannot be driven, {@code NOT_FOUND} with the names of missing
     *     firmware files, {@code BUSY} if another driver's firmware cannot be removed, {@code TIMED_OUT} and {@code DEVICE_FAULT} for a
     *     GPU that does not do what it should, {@code GONE}
     */
    static GpuCore open(PciSlot slot, FirmwareSource firmware, CoreOptions options) {
        return RunningCore.open(slot, firmware, options);
    }

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
