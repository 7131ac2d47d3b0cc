// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.pci;

import io.lamella.hw.reg.Vfn;
import io.lamella.hw.reg.Window;
import io.lamella.hw.reg.Xve;
import io.lamella.pci.CapabilityId;
import io.lamella.pci.ConfigSpaceBuilder;

/** The configuration space of AD10x boards. */
final class AdaConfig implements ConfigLayout {
    private static final int PCIE_GENERATION = 4;
    private static final int PCIE_LANES = 16;
    private static final int VIRTUAL_CHANNEL_BYTES = 0x1c;
    private static final int VIRTUAL_CHANNEL_CONTROL = Xve.VIRTUAL_CHANNEL_CAPABILITY + 0x14;

    @Override
    public void addCapabilities(ConfigSpaceBuilder builder) {
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
    }

    @Override
    public int powerManagementCapability() {
        return Xve.PM_CAPABILITY;
    }

    @Override
    public int sriovCapability() {
        return Xve.SRIOV_CAPABILITY;
    }

    @Override
    public Window mirror() {
        return Xve.CONFIG_MIRROR;
    }

    @Override
    public int msiRearm() {
        return mirrored(Xve.MSI_REARM.offset());
    }

    private static int mirrored(int bar0Offset) {
        return bar0Offset - Xve.CONFIG_MIRROR.offset();
    }
}
