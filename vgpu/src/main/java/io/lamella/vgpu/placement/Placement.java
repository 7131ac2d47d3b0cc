// SPDX-License-Identifier: Apache-2.0
package io.lamella.vgpu.placement;

/**
 * Where a vGPU lies.
 *
 * @param id its first unit
 * @param units how many it takes from there on
 */
public record Placement(int id, int units) {
    /** One past its last unit. */
    public int end() {
        return id + units;
    }

    public boolean overlaps(Placement other) {
        return id < other.end() && other.id < end();
    }
}
