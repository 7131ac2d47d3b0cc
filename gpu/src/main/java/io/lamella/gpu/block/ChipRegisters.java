// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.block;

import io.lamella.gpu.bank.BankBuilder;
import io.lamella.hw.Architecture;
import io.lamella.hw.reg.Ce;
import io.lamella.hw.reg.Fuse;
import io.lamella.hw.reg.Gfw;
import io.lamella.hw.reg.Pfb;

/** Values that one family of chips shows and others do not have, or have elsewhere. */
sealed interface ChipRegisters {
    /** The registers of a family. */
    static ChipRegisters of(Architecture architecture) {
        return switch (architecture) {
            case ADA -> new Ada();
            case BLACKWELL_GB20X -> new Blackwell();
        };
    }

    void addTo(BankBuilder bank);

    /** AD10x: what the firmware that ran at power-on left behind, and the fuses that drivers choose signatures by. */
    record Ada() implements ChipRegisters {
        private static final int GFW_COMPLETE = 0x3ff;

        @Override
        public void addTo(BankBuilder bank) {
            bank.storage(Pfb.FLUSH_SYSMEM_ADDR);
            bank.storage(Pfb.FLUSH_SYSMEM_ADDR_HI);
            bank.constant(
                    Gfw.BSI_SCRATCH_14,
                    new Gfw.BootStage(0).withStage3Handoff(true).raw());
            bank.constant(Gfw.GFW_BOOT_MASK, 1);
            bank.constant(Gfw.GFW_BOOT, GFW_COMPLETE);
            for (int i = 0; i < Fuse.GSP_UCODE_VERSION.count(); i++) {
                bank.constant(Fuse.NVDEC_UCODE_VERSION.at(i), 0);
                bank.constant(Fuse.SEC2_UCODE_VERSION.at(i), 0);
                bank.constant(Fuse.GSP_UCODE_VERSION.at(i), 0);
            }
        }
    }

    /** GB20x: the flush page is elsewhere, and a driver asks which copy engines graphics shares. */
    record Blackwell() implements ChipRegisters {
        /** The low bits of the flush page's address do not count. */
        private static final int FLUSH_ADDRESS_BITS = 0xffff_ff00;

        @Override
        public void addTo(BankBuilder bank) {
            bank.storage(Pfb.FBHUB0_FLUSH_SYSMEM_ADDR_LO, 0, FLUSH_ADDRESS_BITS);
            bank.storage(
                    Pfb.FBHUB0_FLUSH_SYSMEM_ADDR_HI,
                    0,
                    new Pfb.Fbhub0FlushSysmemAddrHi(0).withAddress(0xf_ffff).raw());
            // Graphics has no classes here, and shares no engine.
            bank.constant(Ce.GRCE_MASK, 0);
        }
    }
}
