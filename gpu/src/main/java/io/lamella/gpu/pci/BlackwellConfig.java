// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.pci;

import io.lamella.hw.reg.Pcfg;
import io.lamella.hw.reg.Vfn;
import io.lamella.hw.reg.Window;
import io.lamella.pci.CapabilityId;
import io.lamella.pci.ConfigSpaceBuilder;

/** The configuration space of GB20x boards. */
final class BlackwellConfig implements ConfigLayout {
    private static final int PCIE_GENERATION = 5;
    private static final int PCIE_LANES = 16;
    private static final int SECONDARY_EXPRESS_BYTES = 0x2c;

    @Override
    public void addCapabilities(ConfigSpaceBuilder builder) {
        builder.powerManagement(Pcfg.PM_CAPABILITY)
                .msi(Pcfg.MSI_CAPABILITY, 1, false)
                .express(Pcfg.PCI_EXPRESS_CAPABILITY, PCIE_GENERATION, PCIE_LANES)
                .msix(Pcfg.MSIX_CAPABILITY, MsixTable.VECTORS, 0, Vfn.MSIX_TABLE.offset(), 0, Vfn.MSIX_PBA.offset());
        // The chain of extended capabilities begins with it.
        builder.extendedCapability(
                Pcfg.SECONDARY_EXPRESS_CAPABILITY, CapabilityId.EXTENDED_SECONDARY_EXPRESS, 1, SECONDARY_EXPRESS_BYTES);
    }

    @Override
    public int powerManagementCapability() {
        return Pcfg.PM_CAPABILITY;
    }

    @Override
    public int sriovCapability() {
        return Pcfg.SRIOV_CAPABILITY;
    }

    @Override
    public Window mirror() {
        return Pcfg.CONFIG_MIRROR;
    }

    @Override
    public int msiRearm() {
        return -1;
    }
}
