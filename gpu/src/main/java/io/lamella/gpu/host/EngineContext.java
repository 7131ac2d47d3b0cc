// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.host;

import io.lamella.gpu.mmu.MemoryView;

/** The channel around an engine object. */
public interface EngineContext {
    /** The channel's address space. */
    MemoryView virtual();

    /** The function's video memory by physical address. */
    MemoryView physicalVideo();

    /** System memory by IOVA. */
    MemoryView physicalSystem();

    /** Whether the channel may use pages that are marked as privileged. */
    boolean isPrivileged();

    /** Whether the channel may use physical addresses. */
    boolean mayUsePhysical();

    /** The function's PTIMER. */
    long timeNanos();

    /** Raises the non-stall interrupt of the channel's engine. */
    void raiseNonStall();

    /** The engine that the channel runs on. */
    Runlist runlist();
}
