// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.pci;

import io.lamella.gpu.port.FunctionShape;
import io.lamella.hw.reg.Vfn;
import io.lamella.hw.reg.Xve;
import io.lamella.pci.BarLayout;
import io.lamella.pci.CapabilityId;
import io.lamella.pci.ConfigSpace;
import io.lamella.pci.ConfigSpaceBuilder;
import org.jspecify.annotations.Nullable;

/** The configuration space of an L40. */
final class L40Config {
    static final int VENDOR_NVIDIA = 0x10de;

    /** Registers. */
    static final long BAR0_BYTES = 16L << 20;

    private static final int CONFIG_BYTES = 4096;
    private static final int PCIE_GENERATION = 4;
    private static final int PCIE_LANES = 16;
    private static final int VIRTUAL_CHANNEL_BYTES = 0x1c;
    private static final int VIRTUAL_CHANNEL_CONTROL = Xve.VIRTUAL_CHANNEL_CAPABILITY + 0x14;

    private L40Config() {}

    static BarLayout[] bars(FunctionShape shape) {
        return new BarLayout[] {
            new BarLayout(BAR0_BYTES, false, false),
            new BarLayout(shape.bar1Bytes(), true, true),
            BarLayout.ABSENT,
            new BarLayout(shape.bar2Bytes(), true, true),
        };
    }

    static ConfigSpace build(FunctionShape shape, @Nullable SriovShape sriov) {
        ConfigSpaceBuilder builder = new ConfigSpaceBuilder(CONFIG_BYTES)
                .identity(VENDOR_NVIDIA, shape.deviceId())
                .subsystem(shape.subsystemVendorId(), shape.subsystemId())
                .classCode(shape.classCode(), shape.revisionId())
                .interruptPin(1);
        BarLayout[] bars = bars(shape);
        for (int bar = 0; bar < bars.length; bar++) {
            builder.bar(bar, bars[bar]);
        }
        builder.powerManagement(Xve.PM_CAPABILITY)
                .msi(Xve.MSI_CAPABILITY, 1, false)
                .express(Xve.PCI_EXPRESS_CAPABILITY, PCIE_GENERATION, PCIE_LANES)
                .msix(Xve.MSIX_CAPABILITY, MsixTable.VECTORS, 0, Vfn.MSIX_TABLE.offset(), 0, Vfn.MSIX_PBA.offset());
        // The vendor's own registers between the header and the first capability, and one far behind.
        builder.value(mirrored(Xve.ROM_SHADOW.offset()), 4, 1)
                .writable(mirrored(Xve.ROM_SHADOW.offset()), 4, 1)
                .writable(mirrored(Xve.VGA_DECODE.offset()), 4, 1);
        // One virtual channel that carries all traffic classes. The chain of extended capabilities begins with it.
        builder.extendedCapability(
                        Xve.VIRTUAL_CHANNEL_CAPABILITY, CapabilityId.EXTENDED_VIRTUAL_CHANNEL, 1, VIRTUAL_CHANNEL_BYTES)
                .value(VIRTUAL_CHANNEL_CONTROL, 4, 0x8000_00ffL)
                .writable(VIRTUAL_CHANNEL_CONTROL, 1, 0xfe);
        if (sriov != null && sriov.totalFunctions() > 0) {
            builder.sriov(
                    Xve.SRIOV_CAPABILITY,
                    sriov.totalFunctions(),
                    SriovShape.FIRST_OFFSET,
                    SriovShape.STRIDE,
                    sriov.deviceId(),
                    sriov.bars().toArray(BarLayout[]::new));
        }
        return builder.build();
    }

    private static int mirrored(int bar0Offset) {
        return bar0Offset - Xve.CONFIG_MIRROR.offset();
    }
}
