// SPDX-License-Identifier: Apache-2.0
package io.lamella.core;

/** A range of frame buffer. */
public interface FbRange extends GpuMemory {
    /** Byte address in frame buffer. */
    long offset();

    @Override
    long sizeBytes();

    /** One past the last byte. */
    default long end() {
        return offset() + sizeBytes();
    }
}
