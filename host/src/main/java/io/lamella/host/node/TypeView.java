// SPDX-License-Identifier: Apache-2.0
package io.lamella.host.node;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A type of a GPU's board, and whether one more can be had now. The list of a GPU has the same types whatever runs.
 *
 * @param name such as {@code L40-8Q}
 * @param id the number by which the firmware knows it
 * @param series A, B, C or Q
 * @param board such as {@code L40}
 * @param profileSizeBytes its share of the GPU's frame buffer
 * @param fbSizeBytes what the guest's driver sees
 * @param bar1SizeBytes the guest's aperture
 * @param maxInstances how many fit when all are of this size
 * @param heads displays
 * @param maxWidth of one head
 * @param maxHeight of one head
 * @param fpsLimit of the frame-rate limiter
 * @param cuda whether compute is for it
 * @param creatable whether one more can be had now
 * @param refusal the code if not, such as {@code other-size}; null if it can
 * @param sentence why not; empty if it can
 * @param remaining how many more could be had if all were of this type
 * @param placementIds all places that it can have in the GPU's mode, taken or not
 * @param freePlacementIds those that are free now; in mixed mode some may exclude each other
 */
public record TypeView(
        String name,
        int id,
        String series,
        String board,
        long profileSizeBytes,
        long fbSizeBytes,
        long bar1SizeBytes,
        int maxInstances,
        int heads,
        int maxWidth,
        int maxHeight,
        int fpsLimit,
        boolean cuda,
        boolean creatable,
        @Nullable String refusal,
        String sentence,
        int remaining,
        List<Integer> placementIds,
        List<Integer> freePlacementIds) {
    public TypeView {
        placementIds = List.copyOf(placementIds);
        freePlacementIds = List.copyOf(freePlacementIds);
    }
}
