// SPDX-License-Identifier: Apache-2.0
package io.lamella.hw.reg;

import io.lamella.hw.Field;
import io.lamella.hw.Loc;
import io.lamella.hw.Reg32;
import java.util.List;

/**
 * PCI Express interface: the mirror of configuration space in BAR0, and where the physical function has its capabilities.
 *
 * <p>Facts: open-gpu-doc ampere/ga102/dev_nv_xve3g_fn0, open-gpu-kernel-modules turing/tu102/dev_nv_xve.h, nouveau nvkm/subdev/pci.
 */
public final class Xve {
    /** Whether PROM shows the shadow copy. */
    public static final Loc.Fixed<RomShadow> ROM_SHADOW = Loc.fixed("XVE.ROM_SHADOW", 0x88050, RomShadow::new);

    /** Whether the function answers VGA addresses. */
    public static final Loc.Fixed<VgaDecode> VGA_DECODE = Loc.fixed("XVE.VGA_DECODE", 0x88054, VgaDecode::new);

    /** Any write lets the next message be sent. */
    public static final Loc.Fixed<Word> MSI_REARM = Loc.fixed("XVE.MSI_REARM", 0x88704, Word::new);

    /** The mirror of configuration space. */
    public static final Window CONFIG_MIRROR = new Window("XVE.CONFIG_MIRROR", 0x88000, 0x1000);

    /** Offsets in configuration space. */
    public static final int PM_CAPABILITY = 0x60;

    public static final int MSI_CAPABILITY = 0x68;
    public static final int PCI_EXPRESS_CAPABILITY = 0x78;
    public static final int VENDOR_CAPABILITY = 0xb4;
    public static final int MSIX_CAPABILITY = 0xc8;
    public static final int VIRTUAL_CHANNEL_CAPABILITY = 0x100;
    public static final int AER_CAPABILITY = 0x420;
    public static final int RESIZABLE_BAR_CAPABILITY = 0xbb8;
    public static final int SRIOV_CAPABILITY = 0xbcc;

    /** Offsets in configuration space of registers in the SR-IOV capability. */
    public static final int SRIOV_CONTROL = SRIOV_CAPABILITY + 0x08;

    public static final int SRIOV_INITIAL_AND_TOTAL_VFS = SRIOV_CAPABILITY + 0x0c;
    public static final int SRIOV_NUM_VFS = SRIOV_CAPABILITY + 0x10;
    public static final int SRIOV_OFFSET_AND_STRIDE = SRIOV_CAPABILITY + 0x14;
    public static final int SRIOV_DEVICE_ID = SRIOV_CAPABILITY + 0x18;
    public static final int SRIOV_SUPPORTED_PAGE_SIZES = SRIOV_CAPABILITY + 0x1c;
    public static final int SRIOV_SYSTEM_PAGE_SIZE = SRIOV_CAPABILITY + 0x20;
    public static final int SRIOV_VF_BAR0 = SRIOV_CAPABILITY + 0x24;
    public static final int SRIOV_VF_BAR1 = SRIOV_CAPABILITY + 0x28;
    public static final int SRIOV_VF_BAR2 = SRIOV_CAPABILITY + 0x30;

    /** Every register of the block. */
    public static final List<Loc<?>> ALL = List.of(ROM_SHADOW, VGA_DECODE, MSI_REARM);

    private Xve() {}

    /**
     * Whether PROM shows the shadow copy.
     *
     * @param raw the word
     */
    public record RomShadow(int raw) implements Reg32 {
        private static final Field ENABLED = Field.bit(0);

        /** Bit 0: shadow copy. */
        public boolean enabled() {
            return ENABLED.isSet(raw);
        }

        public RomShadow withEnabled(boolean value) {
            return new RomShadow(ENABLED.with(raw, value));
        }
    }

    /**
     * Whether the function answers VGA addresses.
     *
     * @param raw the word
     */
    public record VgaDecode(int raw) implements Reg32 {
        private static final Field ENABLED = Field.bit(0);

        /** Bit 0: it does. */
        public boolean enabled() {
            return ENABLED.isSet(raw);
        }

        public VgaDecode withEnabled(boolean value) {
            return new VgaDecode(ENABLED.with(raw, value));
        }
    }
}
