// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.boot;

import io.lamella.core.device.Device;
import io.lamella.core.device.Unwind;
import io.lamella.hw.Architecture;
import io.lamella.hw.reg.Pfb;
import io.lamella.pci.DmaBuffer;

/** The page of system memory that the GPU writes to when it has to know that its earlier writes have arrived. */
interface FlushPage {
    /** Tells the GPU where the page is. */
    void register(Device device, long iova);

    /** How a family of chips is told. */
    static FlushPage of(Architecture architecture) {
        return switch (architecture) {
            case ADA ->
                (device, iova) -> {
                    device.write(Pfb.FLUSH_SYSMEM_ADDR_HI, (int) (iova >>> 40));
                    device.write(Pfb.FLUSH_SYSMEM_ADDR, (int) (iova >>> 8));
                };
            // It takes the address when the low half is written.
            case BLACKWELL_GB20X ->
                (device, iova) -> {
                    device.write(Pfb.FBHUB0_FLUSH_SYSMEM_ADDR_HI, (int) (iova >>> 32));
                    device.write(Pfb.FBHUB0_FLUSH_SYSMEM_ADDR_LO, (int) iova);
                };
        };
    }

    /** Makes a page and registers it. */
    static void provide(Device device, Architecture architecture, Unwind unwind) {
        DmaBuffer page = device.memory().allocate(4096);
        unwind.add("free the flush page", page::close);
        of(architecture).register(device, page.iova());
    }
}
