// SPDX-License-Identifier: Apache-2.0
package io.lamella.core;

import io.lamella.pci.PciSlot;

/** Where cores come from: the Java core, or one in a shared library. Which one drives a GPU is a matter of configuration. */
public interface CoreProvider {
    /** The Java core. */
    CoreProvider JAVA = new CoreProvider() {
        @Override
        public String name() {
            return "java";
        }

        @Override
        public GpuCore open(PciSlot slot, FirmwareSource firmware, CoreOptions options) {
            return GpuCore.open(slot, firmware, options);
        }
    };

    /** As a configuration says it: {@code java}, {@code native:/usr/lib/libmy-core.so}. */
    String name();

    /**
     * Brings a GPU up, as {@link GpuCore#open} does. The slot stays the caller's.
     *
     * @throws CoreException as there; also {@code NOT_SUPPORTED} for a library that does not speak this interface, {@code NOT_FOUND} for
     *     one that cannot be loaded
     */
    GpuCore open(PciSlot slot, FirmwareSource firmware, CoreOptions options);
}
