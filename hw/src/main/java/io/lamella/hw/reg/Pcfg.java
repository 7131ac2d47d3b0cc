// SPDX-License-Identifier: Apache-2.0
package io.lamella.hw.reg;

import io.lamella.hw.Field;
import io.lamella.hw.Loc;
import io.lamella.hw.Reg32;
import java.util.List;

/**
 * The PCI Express endpoint of Hopper and later, in the place of {@link Xve}: the mirror of configuration space, the window of PRAMIN, and where the
 * physical function has its capabilities. Messages need no re-arming; the interrupt tree does that.
 *
 * <p>Facts: nouveau nvhw/ref/gh100/dev_xtl_ep_pri.h and pri_nv_xal_ep.h, open-gpu-kernel-modules hopper/gh100/dev_xtl_ep_pcfg_gpu.h and
 * blackwell/gb202/dev_xtl_ep_pcfg_gpu.h; the capabilities that these leave out are where published listings of such boards show them.
 */
public final class Pcfg {
    /** Which part of video memory PRAMIN shows. */
    public static final Loc.Fixed<Bar0Window> BAR0_WINDOW = Loc.fixed("XAL.BAR0_WINDOW", 0x10fd40, Bar0Window::new);

    /** The mirror of configuration space. */
    public static final Window CONFIG_MIRROR = new Window("PCFG.CONFIG_MIRROR", 0x92000, 0x1000);

    /** Offsets in configuration space. */
    public static final int PM_CAPABILITY = 0x40;

    public static final int MSI_CAPABILITY = 0x48;
    public static final int PCI_EXPRESS_CAPABILITY = 0x60;
    public static final int VENDOR_CAPABILITY = 0x9c;
    public static final int MSIX_CAPABILITY = 0xb0;
    public static final int SECONDARY_EXPRESS_CAPABILITY = 0x100;
    public static final int RESIZABLE_BAR_CAPABILITY = 0x134;
    public static final int AER_CAPABILITY = 0x1b8;
    public static final int ARI_CAPABILITY = 0x248;
    public static final int SRIOV_CAPABILITY = 0x250;

    /** Every register of the block. */
    public static final List<Loc<?>> ALL = List.of(BAR0_WINDOW);

    private Pcfg() {}

    /**
     * Which part of video memory PRAMIN shows.
     *
     * @param raw the word
     */
    public record Bar0Window(int raw) implements Reg32 {
        private static final Field BASE = Field.bits(21, 0);

        /** Bits 21:0: address in units of 64 KiB. */
        public int base() {
            return BASE.get(raw);
        }

        public Bar0Window withBase(int value) {
            return new Bar0Window(BASE.with(raw, value));
        }
    }
}
