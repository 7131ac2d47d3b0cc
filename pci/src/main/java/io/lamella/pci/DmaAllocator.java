// SPDX-License-Identifier: Apache-2.0
package io.lamella.pci;

/** Gives a driver memory that its device can reach. */
public interface DmaAllocator {
    /**
     * Zeroed memory, mapped for reading and writing at an IOVA below 2^47.
     *
     * @param sizeBytes rounded up to whole pages of 4 KiB
     * @param alignmentBytes of the IOVA; a power of two, at least 4096
     */
    DmaBuffer allocate(long sizeBytes, long alignmentBytes);

    default DmaBuffer allocate(long sizeBytes) {
        return allocate(sizeBytes, 4096);
    }
}
