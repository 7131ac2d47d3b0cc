// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.fb;

import java.lang.foreign.MemorySegment;

/** The memory chips: what a {@link FrameBuffer} is made of. */
public interface FbStore extends AutoCloseable {
    /** All of it, zero until written. */
    MemorySegment memory();

    /** Gives whole pages back to the system; they read as zero afterwards. Both values are multiples of {@link #pageBytes}. */
    void release(long offset, long lengthBytes);

    /** What {@link #release} works in. */
    int pageBytes();

    /** How much of it is backed by memory now. */
    long touchedBytes();

    /** A descriptor that maps the memory, or -1; it stays the store's own. */
    int fileDescriptor();

    /** Whether no page of it can ever be missing, so that the C library may copy it. */
    default boolean isSteady() {
        return false;
    }

    @Override
    void close();
}
