// SPDX-License-Identifier: Apache-2.0
package io.lamella.hw.reg;

import io.lamella.hw.Field;
import io.lamella.hw.Loc;
import io.lamella.hw.Reg32;
import java.util.List;

/**
 * Fuses: what the chip was made with, and which firmware versions it accepts.
 *
 * <p>Facts: nova-core regs.rs, nouveau nvkm/subdev/gsp/ga102.c.
 */
public final class Fuse {
    /** Whether there is a display engine. */
    public static final Loc.Fixed<StatusOptDisplay> STATUS_OPT_DISPLAY =
            Loc.fixed("FUSE.STATUS_OPT_DISPLAY", 0x820c04, StatusOptDisplay::new);

    /** Lowest firmware version accepted by NVDEC, by ucode id less one. */
    public static final Loc.Array<UcodeVersion> NVDEC_UCODE_VERSION =
            Loc.array("FUSE.NVDEC_UCODE_VERSION", 0x824100, 16, 4, UcodeVersion::new);

    /** The same for SEC2. */
    public static final Loc.Array<UcodeVersion> SEC2_UCODE_VERSION =
            Loc.array("FUSE.SEC2_UCODE_VERSION", 0x824140, 16, 4, UcodeVersion::new);

    /** The same for GSP. */
    public static final Loc.Array<UcodeVersion> GSP_UCODE_VERSION =
            Loc.array("FUSE.GSP_UCODE_VERSION", 0x8241c0, 16, 4, UcodeVersion::new);

    /** Versions that each family of fuses holds. */
    public static final int UCODE_COUNT = 16;

    /** Every register of the block. */
    public static final List<Loc<?>> ALL =
            List.of(STATUS_OPT_DISPLAY, NVDEC_UCODE_VERSION, SEC2_UCODE_VERSION, GSP_UCODE_VERSION);

    private Fuse() {}

    /**
     * Whether there is a display engine.
     *
     * @param raw the word
     */
    public record StatusOptDisplay(int raw) implements Reg32 {
        private static final Field DISPLAY_DISABLED = Field.bit(0);

        /** Bit 0: the display engine is fused off. */
        public boolean displayDisabled() {
            return DISPLAY_DISABLED.isSet(raw);
        }

        public StatusOptDisplay withDisplayDisabled(boolean value) {
            return new StatusOptDisplay(DISPLAY_DISABLED.with(raw, value));
        }
    }

    /**
     * Lowest firmware version that is accepted.
     *
     * @param raw the word
     */
    public record UcodeVersion(int raw) implements Reg32 {
        private static final Field DATA = Field.bits(15, 0);

        /** Bits 15:0: one bit for each version; 0 accepts all. */
        public int data() {
            return DATA.get(raw);
        }

        public UcodeVersion withData(int value) {
            return new UcodeVersion(DATA.with(raw, value));
        }
    }
}
