// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.session;

import io.lamella.core.GpuGoneException;
import io.lamella.core.HostMemory;
import io.lamella.core.mmu.PageFormat;
import io.lamella.pci.DmaBuffer;
import java.lang.foreign.MemorySegment;

/** System memory that a session holds. */
final class HeldHost extends HeldMemory implements HostMemory {
    private final DmaBuffer buffer;
    private final long sizeBytes;

    HeldHost(ClientSession session, String label, DmaBuffer buffer, long sizeBytes) {
        super(session, label);
        this.buffer = buffer;
        this.sizeBytes = sizeBytes;
    }

    @Override
    public MemorySegment memory() {
        return buffer.memory().asSlice(0, sizeBytes);
    }

    @Override
    public long sizeBytes() {
        return sizeBytes;
    }

    @Override
    PageFormat.Memory kind() {
        return PageFormat.Memory.HOST;
    }

    @Override
    long gpuAddress() {
        return buffer.iova();
    }

    @Override
    void release() {
        try {
            endUses();
        } catch (GpuGoneException gone) {
            // Nothing reaches it any more.
        }
        // If something else failed the GPU may still write to it, so it stays.
        buffer.close();
    }

    @Override
    void giveUp() {
        endUses();
    }

    @Override
    String describe() {
        return String.format("host memory \"%s\" (%d bytes)", label(), sizeBytes);
    }
}
