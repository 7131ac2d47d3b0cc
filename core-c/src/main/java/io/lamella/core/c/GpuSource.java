// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.c;

import io.lamella.core.CoreOptions;
import io.lamella.core.FirmwareSource;
import io.lamella.pci.PciSlot;
import java.util.Optional;

/**
 * Where a C program's GPUs come from when it has no platform of its own and names one instead. Found by {@link java.util.ServiceLoader},
 * so that the core knows no GPU.
 */
public interface GpuSource {
    /**
     * A GPU to drive.
     *
     * @param slot where it is; closed by whoever asked for it, and with it the GPU
     * @param firmware its files
     * @param options what to open it with where the program says nothing
     */
    record NamedGpu(PciSlot slot, FirmwareSource firmware, CoreOptions options) {}

    /**
     * Makes or finds the GPU with that name.
     *
     * @param spec such as {@code software}; a program's text of up to 255 bytes
     * @return empty if it is not for this source to find
     * @throws IllegalArgumentException with a sentence if it is, but makes no sense
     */
    Optional<NamedGpu> open(String spec);

    /** What names look like, for refusals: such as {@code software}. */
    String names();
}
