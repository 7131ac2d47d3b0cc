// SPDX-License-Identifier: Apache-2.0
package io.lamella.core;

import java.lang.foreign.MemorySegment;

/** System memory that the GPU reaches by DMA, once it is bound to an address space. Since version 1.2 of the interface. */
public interface HostMemory extends GpuMemory {
    /**
     * The memory as the CPU sees it, zeroed at first; {@link #sizeBytes} long. Any thread may use it. It stays as it is when the GPU goes
     * away, and ends when this is closed: using it then throws {@link IllegalStateException}.
     */
    MemorySegment memory();
}
