// SPDX-License-Identifier: Apache-2.0
package io.lamella.vgpu.type;

import io.lamella.vgpu.placement.PlacementMode;
import io.lamella.vgpu.placement.PlacementSpace;
import java.util.Set;

/**
 * A kind of vGPU that a board can be cut into.
 *
 * @param name such as {@code L40-8Q}; unique in a catalogue
 * @param id the number by which the firmware knows the type; unique in a catalogue
 * @param product as the guest's driver shows it, such as {@code NVIDIA L40-8Q}
 * @param board the board's name, such as {@code L40}
 * @param series what it is for
 * @param boardDevice the PCI vendor and device of the board that can be cut like this
 * @param boardFbBytes the frame buffer of such a board, nominally
 * @param identity what the guest sees on its PCI bus
 * @param profileSizeBytes the share of the board's frame buffer that an instance stands for
 * @param fbLengthBytes what the guest's driver sees as VRAM
 * @param fbReservationBytes the rest of the share, for the management heap and the host
 * @param gspHeapSizeBytes the firmware plugin's heap, the host RPC buffers included
 * @param bar1SizeBytes the guest's aperture to its VRAM; a power of two
 * @param maxInstances how many there may be on a GPU when all are of this size
 * @param maxInstancesMixed how many there may be on a GPU in mixed-size mode
 * @param heads displays
 * @param maxWidth of one head, in pixels
 * @param maxHeight of one head, in pixels
 * @param maxPixels of all heads together
 * @param fpsLimit the frame-rate limiter's setting, frames per second
 * @param cuda whether compute is for this type
 * @param eccSupported whether a guest may switch ECC
 * @param encoderCapacity 0 to 100, the share of the video encoder
 * @param multiVgpu whether NVIDIA gives a VM several of these. Lamella gives a VM as many vGPUs as its owner likes
 * @param derived names of the file's values that follow from a rule instead of a published source
 */
public record VgpuType(
        String name,
        int id,
        String product,
        String board,
        TypeSeries series,
        PciId boardDevice,
        long boardFbBytes,
        PciIdentity identity,
        long profileSizeBytes,
        long fbLengthBytes,
        long fbReservationBytes,
        long gspHeapSizeBytes,
        long bar1SizeBytes,
        int maxInstances,
        int maxInstancesMixed,
        int heads,
        int maxWidth,
        int maxHeight,
        long maxPixels,
        int fpsLimit,
        boolean cuda,
        boolean eccSupported,
        int encoderCapacity,
        boolean multiVgpu,
        Set<String> derived) {

    public VgpuType {
        derived = Set.copyOf(derived);
    }

    /** How many units of a board it takes: one for each GiB of its profile. */
    public int placementUnits() {
        return Math.toIntExact(
                (profileSizeBytes + PlacementSpace.NOMINAL_UNIT_BYTES - 1) / PlacementSpace.NOMINAL_UNIT_BYTES);
    }

    /** How many there may be on a GPU in this mode. */
    public int maxInstances(PlacementMode mode) {
        return switch (mode) {
            case EQUAL_SIZE -> maxInstances;
            case MIXED_SIZE -> maxInstancesMixed;
        };
    }

    /** A PCI vendor and device. */
    public record PciId(int vendor, int device) {
        @Override
        public String toString() {
            return "%04x:%04x".formatted(vendor, device);
        }
    }

    /**
     * Configuration space's view of a vGPU.
     *
     * @param id vendor and device
     * @param subsystem subsystem vendor and device
     * @param classCode base class, sub-class and programming interface, 24 bits
     */
    public record PciIdentity(PciId id, PciId subsystem, int classCode) {}

    /** {@code L40-8Q (8192 MiB, 7616 MiB for the guest)}: for sentences. */
    public String describe() {
        return name + " (" + (profileSizeBytes >> 20) + " MiB, " + (fbLengthBytes >> 20) + " MiB for the guest)";
    }
}
