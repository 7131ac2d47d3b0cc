// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.port;

/** What the PF's vGPU plugin does with VFs. A GFID is a VF's number plus one. Any thread. */
public interface VirtualFunctionControl {
    /** How many VFs there can be; GFIDs run from 1 to this. */
    int total();

    /** What the SR-IOV capability gives each VF of a BAR, 0 where it has none. */
    long barBytes(int bar);

    /** Whether SR-IOV has the VF switched on. */
    boolean isEnabled(int gfid);

    /** Whether the VF has a vGPU. */
    boolean isActive(int gfid);

    /**
     * Gives an enabled, empty VF its vGPU: from now on it is a complete function of that shape.
     *
     * @param shape what its driver sees
     * @param memory its own frame buffer, BARs and page tables; closed with the vGPU
     * @param gsp makes its GSP front
     * @param gone run once when the VF is switched off (SR-IOV off, PF reset) under an active vGPU, after its parts were closed; not run by
     *     {@link #deactivate}
     * @throws IllegalStateException if the VF is not enabled or has a vGPU already; nothing was taken over then
     * @throws IndexOutOfBoundsException if there is no such VF
     */
    void activate(int gfid, FunctionShape shape, MemoryPort memory, GspFactory gsp, Runnable gone);

    /** Takes the vGPU away: closes its GSP and memory side; the VF reads as ones again. Without effect on an empty VF. */
    void deactivate(int gfid);
}
