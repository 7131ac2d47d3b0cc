// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.session;

import io.lamella.core.FbRange;
import io.lamella.core.mmu.PageFormat;

/** A range of frame buffer that a session holds. */
final class HeldFb extends HeldMemory implements FbRange {
    private final long offset;
    private final long sizeBytes;

    HeldFb(ClientSession session, String label, long offset, long sizeBytes) {
        super(session, label);
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

    @Override
    PageFormat.Memory kind() {
        return PageFormat.Memory.FRAME_BUFFER;
    }

    @Override
    long gpuAddress() {
        return offset;
    }

    @Override
    void release() {
        endUses();
        session().core().frameBuffer().give(offset, sizeBytes);
    }

    @Override
    void giveUp() {
        endUses();
        session().core().quarantinedFb(sizeBytes);
    }

    @Override
    String describe() {
        return String.format("frame buffer \"%s\" (0x%x, %d bytes)", label(), offset, sizeBytes);
    }
}
