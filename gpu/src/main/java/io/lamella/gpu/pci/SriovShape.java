// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.pci;

import io.lamella.pci.BarLayout;
import java.util.List;

/**
 * What a PF's SR-IOV capability says.
 *
 * @param totalFunctions TotalVFs
 * @param deviceId of a VF
 * @param bar1Bytes what each VF gets of the frame-buffer aperture's space; the largest BAR1 that a vGPU can have
 * @param bar2Bytes the same for the instance aperture
 */
public record SriovShape(int totalFunctions, int deviceId, long bar1Bytes, long bar2Bytes) {
    /** Routing id of the first VF, from that of the PF; the others follow one by one. */
    public static final int FIRST_OFFSET = 4;

    public static final int STRIDE = 1;

    /** GFIDs, which are numbers of VFs plus one, have six bits. */
    public static final int MAX_FUNCTIONS = 63;

    /** A VF's BARs, as the capability has them. */
    public List<BarLayout> bars() {
        return List.of(
                new BarLayout(ConfigLayout.BAR0_BYTES, false, false),
                new BarLayout(bar1Bytes, true, true),
                BarLayout.ABSENT,
                new BarLayout(bar2Bytes, true, true));
    }

    public SriovShape {
        if (totalFunctions < 0 || totalFunctions > MAX_FUNCTIONS) {
            throw new IllegalArgumentException(
                    totalFunctions + " virtual functions: there can be 0 to " + MAX_FUNCTIONS + ".");
        }
    }
}
