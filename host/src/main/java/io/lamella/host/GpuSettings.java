// SPDX-License-Identifier: Apache-2.0
package io.lamella.host;

import io.lamella.core.PciAddress;
import io.lamella.gpu.SoftwareGpu;

/**
 * A software GPU that a host is to have.
 *
 * @param name unique on the host
 * @param address where it sits
 * @param frameBufferBytes whole MiB; host memory is used only where it is touched
 * @param virtualFunctions that it can have, 1 to 63
 */
public record GpuSettings(String name, PciAddress address, long frameBufferBytes, int virtualFunctions) {
    public GpuSettings {
        if (virtualFunctions < 1 || virtualFunctions > 63) {
            throw new IllegalArgumentException("A GPU has 1 to 63 virtual functions, not " + virtualFunctions + ".");
        }
    }

    SoftwareGpu build() {
        return SoftwareGpu.builder(name)
                .frameBufferBytes(frameBufferBytes)
                .virtualFunctions(virtualFunctions)
                .build();
    }
}
