// SPDX-License-Identifier: Apache-2.0
package io.lamella.core;

/**
 * A GPU virtual address space, with page tables of the core's making. What is not bound faults, and a fault ends the channel that made
 * it. Closing it closes its channels first. Since version 1.2 of the interface.
 */
public interface AddressSpace extends CoreResource {
    /** What the GPU may do there. */
    enum Access {
        READ_WRITE,
        /** A write faults. */
        READ_ONLY
    }

    /** The lowest address that can be bound; what is below stays empty, so that an address of 0 is always a mistake. */
    long FIRST_ADDRESS = 4096;

    /** Addresses run from {@link #FIRST_ADDRESS} to this, which is the first that cannot be bound. */
    long sizeBytes();

    /**
     * Lets addresses lead to memory. The page tables get the largest pages that address, memory and size allow. All or nothing.
     *
     * @param address a multiple of 4 KiB
     * @param memory of the same session
     * @param offset from the start of the memory, a multiple of 4 KiB
     * @param sizeBytes a multiple of 4 KiB
     * @throws CoreException {@code INVALID} for what is not aligned, lies outside of either, or overlaps an earlier bind; {@code
     *     NO_SPACE} if there is no frame buffer for page tables
     */
    void bind(long address, GpuMemory memory, long offset, long sizeBytes, Access access);

    /**
     * Takes earlier binds away, one or more, each of them whole. When this returns the GPU does not use the memory any more through these
     * addresses.
     *
     * @throws CoreException {@code INVALID} if the range begins or ends within a bind, or holds none
     */
    void unbind(long address, long sizeBytes);
}
