// SPDX-License-Identifier: Apache-2.0
package io.lamella.drm;

/** A change of a VM. Addresses, offsets and sizes are multiples of 4 KiB. */
public sealed interface BindOp {
    long address();

    long sizeBytes();

    /**
     * Lets addresses lead to a buffer. What was bound there before must have been unmapped.
     *
     * @param buffer of the same file
     * @param offset from the buffer's start
     * @param readOnly whether a write by the GPU faults
     */
    record Map(long address, BufferObject buffer, long offset, long sizeBytes, boolean readOnly) implements BindOp {}

    /** Takes earlier binds away, each of them whole. */
    record Unmap(long address, long sizeBytes) implements BindOp {}

    /** The whole of a buffer. */
    static BindOp map(long address, BufferObject buffer) {
        return new Map(address, buffer, 0, buffer.sizeBytes(), false);
    }
}
