// SPDX-License-Identifier: Apache-2.0
package io.lamella.core;

/** A range of frame buffer. */
public interface FbRange extends CoreResource {
    /** Byte address in frame buffer. */
    long offset();

    long sizeBytes();

    /** One past the last byte. */
    default long end() {
        return offset() + sizeBytes();
    }
}
