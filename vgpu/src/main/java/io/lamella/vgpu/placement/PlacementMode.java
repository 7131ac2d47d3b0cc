// SPDX-License-Identifier: Apache-2.0
package io.lamella.vgpu.placement;

/** How the vGPUs of one GPU may differ. A GPU is in one mode at a time. */
public enum PlacementMode {
    /** All have one size. The most vGPUs fit. */
    EQUAL_SIZE("equal-size"),
    /** Each has its own size, at the placement ids that are there for this size. Fixed share scheduling is not for this mode. */
    MIXED_SIZE("mixed-size");

    private final String label;

    PlacementMode(String label) {
        this.label = label;
    }

    /** {@code equal-size} or {@code mixed-size}. */
    public String label() {
        return label;
    }
}
