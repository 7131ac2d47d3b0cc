// SPDX-License-Identifier: Apache-2.0
package io.lamella.vgpu.placement;

import io.lamella.core.GpuDescription;
import io.lamella.vgpu.type.VgpuType;
import java.util.List;

/**
 * The units of one GPU.
 *
 * @param units how many there are
 * @param baseOffset byte address in frame buffer of the first
 * @param unitBytes how much frame buffer each stands for, whole VMMU segments
 */
public record PlacementSpace(int units, long baseOffset, long unitBytes) {
    /** A unit of a board's nominal size. */
    public static final long NOMINAL_UNIT_BYTES = 1L << 30;

    /** Kept free beyond the units, for management heaps and page tables. */
    private static final long HOST_BYTES = 256L << 20;

    /**
     * Divides a GPU as a board of its kind.
     *
     * <p>A GPU that has its board's memory, or nearly so (ECC takes some), has its board's units; what the firmware keeps for itself
     * makes each a little smaller than a GiB. A GPU with much less memory, as the software GPU may be made, has units of a whole GiB, and
     * as many as there are.
     *
     * @param boardFbBytes the nominal size of such a board
     */
    public static PlacementSpace of(GpuDescription gpu, long boardFbBytes) {
        long segment = Math.max(gpu.vmmuSegmentBytes(), 1);
        long base = (gpu.usableFbOffset() + segment - 1) / segment * segment;
        long usable = Math.max(0, gpu.usableFbOffset() + gpu.usableFbBytes() - base - HOST_BYTES);
        boolean whole = gpu.fbSizeBytes() >= boardFbBytes / 8 * 7;
        int units = Math.toIntExact((whole ? boardFbBytes : usable) / NOMINAL_UNIT_BYTES);
        long unit = units == 0 ? NOMINAL_UNIT_BYTES : Math.min(NOMINAL_UNIT_BYTES, usable / units);
        return new PlacementSpace(units, base, unit / segment * segment);
    }

    /** A board of this size as it is on paper, for questions about GPUs that need not exist. */
    public static PlacementSpace nominal(long boardFbBytes) {
        return new PlacementSpace(Math.toIntExact(boardFbBytes / NOMINAL_UNIT_BYTES), 0, NOMINAL_UNIT_BYTES);
    }

    /** Byte address in frame buffer where a placement begins. */
    public long offsetOf(int id) {
        return baseOffset + id * unitBytes;
    }

    /** How many bytes of frame buffer a vGPU of this type has room for. */
    public long roomBytes(VgpuType type) {
        return type.placementUnits() * unitBytes;
    }

    /** The ids that a type can have here, whatever is taken. */
    public List<Integer> ids(PlacementMode mode, VgpuType type) {
        return PlacementIds.of(mode, units, type.placementUnits(), type.maxInstances(mode));
    }
}
