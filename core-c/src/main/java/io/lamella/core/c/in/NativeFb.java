// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.c.in;

import io.lamella.core.FbRange;

/** A range of frame buffer of a core in C. */
final class NativeFb extends NativeResource implements FbRange {
    private final long offset;
    private final long sizeBytes;

    NativeFb(NativeSession session, long handle, String label, long offset, long sizeBytes) {
        super(session, handle, label);
        this.offset = offset;
        this.sizeBytes = sizeBytes;
    }

    @Override
    public long offset() {
        return offset;
    }

    @Override
    public long sizeBytes() {
        return sizeBytes;
    }
}
