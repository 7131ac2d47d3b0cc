// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.gsp;

import io.lamella.core.device.Bytes;
import io.lamella.hw.struct.Struct;
import java.util.ArrayList;
import java.util.List;

/**
 * What the firmware says of the GPU.
 *
 * @param name such as {@code NVIDIA L40}
 * @param fbBytes all of frame buffer
 * @param regions what of it can be used for anything
 * @param bar1Root page of the first page directory of BAR1
 * @param nonWprHeap where the firmware's heap outside of protected memory begins, if the firmware chose the place, or 0
 * @param client handle of the firmware's own client
 * @param device its device
 * @param subdevice its subdevice
 */
public record StaticInfo(
        String name,
        long fbBytes,
        List<Region> regions,
        long bar1Root,
        long nonWprHeap,
        int client,
        int device,
        int subdevice) {
    /** A usable region. */
    public record Region(long start, long bytes) {}

    private static final int MOST_REGIONS = 16;

    static StaticInfo read(Struct layout, Bytes payload) {
        Bytes whole = payload.slice("content", 0, layout.sizeBytes());
        var memory = whole.memory();
        long fbBytes = layout.u64("fb_length").get(memory, 0);
        int count = layout.u32("fbRegionInfoParams.numFBRegions").get(memory, 0);
        if (count < 1 || count > MOST_REGIONS) {
            throw whole.broken("it tells of " + Integer.toUnsignedString(count) + " regions of frame buffer");
        }
        List<Region> regions = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            String region = "fbRegionInfoParams.fbRegion[" + i + "].";
            long base = layout.u64(region + "base").get(memory, 0);
            long limit = layout.u64(region + "limit").get(memory, 0);
            if (base < 0 || limit < base) {
                throw whole.broken(String.format("region %d, 0x%x to 0x%x, makes no sense", i, base, limit));
            }
            boolean usable = layout.u64(region + "reserved").get(memory, 0) == 0
                    && !layout.u8(region + "bProtected").isSet(memory, 0)
                    && layout.u8(region + "supportCompressed").isSet(memory, 0)
                    && layout.u8(region + "supportISO").isSet(memory, 0);
            if (usable) {
                regions.add(new Region(base, limit + 1 - base));
            }
        }
        return new StaticInfo(
                layout.bytes("gpuNameString").text(memory, 0),
                fbBytes,
                List.copyOf(regions),
                layout.u64("bar1PdeBase").get(memory, 0),
                layout.find("fwWprLayoutOffset").isEmpty()
                        ? 0
                        : layout.u64("fwWprLayoutOffset.nonWprHeapOffset").get(memory, 0),
                layout.u32("hInternalClient").get(memory, 0),
                layout.u32("hInternalDevice").get(memory, 0),
                layout.u32("hInternalSubdevice").get(memory, 0));
    }
}
