// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.boot;

import io.lamella.hw.gsp.GspAbi;
import io.lamella.hw.struct.Struct;
import java.lang.foreign.MemorySegment;
import java.util.OptionalLong;

/** What the firmware gets of frame buffer: places that the driver chose, or sizes for which the GPU finds places itself. */
public sealed interface FirmwareMemory permits FbLayout, FbSizes {
    /** All of frame buffer. */
    long fbBytes();

    /** For how many virtual functions the firmware's heap has room. */
    int partitions();

    /** The lowest address that is the firmware's, where the driver chose it. */
    OptionalLong reservedFrom();

    /** Writes it into the map that the firmware is loaded by. */
    void describe(Struct meta, MemorySegment target);

    /**
     * The heap that the resource manager needs.
     *
     * @param baseBytes what it takes on this family of chips whatever their size
     * @param partitions virtual functions to make room for, or 0
     */
    static long heapBytes(GspAbi abi, long baseBytes, long fbBytes, int partitions) {
        if (partitions > 0) {
            return abi.vgpuHeapBytes();
        }
        long mib = 1 << 20;
        long gibs = (fbBytes + (1 << 30) - 1) >> 30;
        long perGib = (gibs * (96L << 10) + mib - 1) / mib * mib;
        long forChannels = (48L << 10) * 2048;
        return abi.osHeapBytes() + baseBytes + perGib + forChannels;
    }
}
