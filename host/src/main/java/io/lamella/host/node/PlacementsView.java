// SPDX-License-Identifier: Apache-2.0
package io.lamella.host.node;

import java.util.List;

/**
 * What lies where on a GPU.
 *
 * @param gpu its name
 * @param mode how it is cut
 * @param units into how many it is divided
 * @param unitBytes how much frame buffer each stands for
 * @param freeUnits that nobody has
 * @param largestFreeRun the most free units in a row
 * @param map a character for each unit: a letter for each vGPU, {@code .} for free, {@code #} for what somebody else has
 * @param occupants the vGPUs, those in quarantine too, in the order of their letters
 */
public record PlacementsView(
        String gpu,
        GpuMode mode,
        int units,
        long unitBytes,
        int freeUnits,
        int largestFreeRun,
        String map,
        List<Occupant> occupants) {
    public PlacementsView {
        occupants = List.copyOf(occupants);
    }

    /**
     * A vGPU.
     *
     * @param label its name, as far as it is known, or its UUID
     * @param type its type
     * @param placementId its first unit
     * @param units how many it takes
     */
    public record Occupant(String label, String type, int placementId, int units) {}
}
