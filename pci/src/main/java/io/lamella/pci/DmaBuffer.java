// SPDX-License-Identifier: Apache-2.0
package io.lamella.pci;

import java.lang.foreign.MemorySegment;

/** A piece of a driver's memory that its device can reach. */
public interface DmaBuffer extends AutoCloseable {
    /** Where the device finds it. */
    long iova();

    /** The memory as the driver sees it. */
    MemorySegment memory();

    /** Unmaps and frees it. */
    @Override
    void close();
}
