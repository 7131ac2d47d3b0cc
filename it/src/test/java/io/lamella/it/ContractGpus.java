// SPDX-License-Identifier: Apache-2.0
package io.lamella.it;

import io.lamella.core.FirmwareSource;
import io.lamella.gpu.SoftwareGpu;
import io.lamella.gpu.firmware.SyntheticFirmware;
import io.lamella.pci.DmaAllocator;
import io.lamella.pci.LocalSlot;
import io.lamella.pci.PciFunction;
import io.lamella.pci.PciSlot;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntConsumer;

/** Software GPUs that end with their slots, for those who check cores. */
final class ContractGpus {
    private static final Map<String, byte[]> FILES = files();
    static final FirmwareSource FIRMWARE = name -> Optional.ofNullable(FILES.get(name));

    private ContractGpus() {}

    private static Map<String, byte[]> files() {
        Map<String, byte[]> files = new HashMap<>();
        SyntheticFirmware.releases().forEach(release -> files.putAll(SyntheticFirmware.files(release)));
        return files;
    }

    /** A GPU with all defaults. */
    static PciSlot next() {
        return over(SoftwareGpu.builder("contract").build());
    }

    /** One of those that the core is tested on. */
    static PciSlot next(TestedGpu tested) {
        return over(tested.builder().build());
    }

    /** A slot that takes its GPU with it. */
    static PciSlot over(SoftwareGpu gpu) {
        LocalSlot slot = new LocalSlot(gpu.physicalFunction());
        return new PciSlot() {
            @Override
            public PciFunction function() {
                return slot.function();
            }

            @Override
            public DmaAllocator memory() {
                return slot.memory();
            }

            @Override
            public void onInterrupt(IntConsumer handler) {
                slot.onInterrupt(handler);
            }

            @Override
            public void close() {
                slot.close();
                gpu.close();
            }
        };
    }
}
