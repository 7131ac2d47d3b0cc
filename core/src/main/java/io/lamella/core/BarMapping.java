// SPDX-License-Identifier: Apache-2.0
package io.lamella.core;

import java.lang.foreign.MemorySegment;

/**
 * Frame buffer that the CPU reaches through BAR1. Offsets count from the start of the mapping; scalars are little-endian. Each call is an
 * access to the device, not to memory.
 *
 * <p>Every method throws {@link IndexOutOfBoundsException} outside of the mapping and {@link GpuGoneException} once the GPU is gone.
 */
public interface BarMapping extends CoreResource {
    long sizeBytes();

    /** Where in BAR1 it is. */
    long barOffset();

    int readInt(long offset);

    void writeInt(long offset, int value);

    long readLong(long offset);

    void writeLong(long offset, long value);

    void read(long offset, MemorySegment destination);

    void write(long offset, MemorySegment source);

    /** Sets every byte. */
    void fill(long offset, long lengthBytes, byte value);
}
