// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.mmu;

import io.lamella.gpu.fb.FbSegment;
import io.lamella.pci.DmaRegion;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** A run of bytes that an address leads to, in one piece. Made once and filled again and again: finding memory allocates nothing. */
public final class MemoryRun implements FbSegment.Location {
    private int target = Translation.UNMAPPED;
    private long address;
    private long lengthBytes;
    private long asked;
    private @Nullable MemorySegment memory;
    private long offset;
    private boolean steady;
    private @Nullable DmaRegion unsteady;

    /** How long it is; at least 1 after an address was resolved. */
    public long lengthBytes() {
        return lengthBytes;
    }

    /** The address that was resolved, for faults. */
    long asked() {
        return asked;
    }

    /** {@link Translation}'s VRAM, SYSMEM or SPARSE. */
    int target() {
        return target;
    }

    /** In video memory, or an IOVA. */
    long address() {
        return address;
    }

    /** The memory itself, or null where there is none (sparse) or where it can be reached by messages only. */
    @Nullable
    MemorySegment memory() {
        return memory;
    }

    /** Where in {@link #memory} it begins. */
    long offset() {
        return offset;
    }

    @Override
    public void set(MemorySegment newMemory, long newOffset) {
        memory = newMemory;
        offset = newOffset;
    }

    /** Whether no page of the memory can ever be missing; where it is a region of the driver's, which. */
    void setSteady(boolean nowSteady, @Nullable DmaRegion region) {
        steady = nowSteady;
        unsteady = nowSteady ? null : region;
    }

    boolean isSteady() {
        return steady;
    }

    /** After an access: has a missing page be an error here and now. */
    void settle() {
        DmaRegion region = unsteady;
        if (region != null) {
            region.settle();
        }
    }

    void fill(int newTarget, long newAddress, long newLengthBytes, long newAsked) {
        target = newTarget;
        address = newAddress;
        lengthBytes = newLengthBytes;
        asked = newAsked;
    }

    void forget() {
        memory = null;
        unsteady = null;
    }
}
