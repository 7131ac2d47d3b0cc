// SPDX-License-Identifier: Apache-2.0
package io.lamella.hw.reg;

import io.lamella.hw.Field;
import io.lamella.hw.Loc;
import io.lamella.hw.Reg32;
import java.util.List;

/**
 * Always-on scratch in which the firmware that runs at power-on says what it found.
 *
 * <p>Facts: nova-core regs.rs, nouveau nvkm/subdev/devinit/tu102.c and nvkm/subdev/fb.
 */
public final class Gfw {
    /** Hand-over of the boot stages. */
    public static final Loc.Fixed<BootStage> BSI_SCRATCH_14 =
            Loc.fixed("PGC6.BSI_SCRATCH_14", 0x1180f8, BootStage::new);

    /** Who may read the boot progress. */
    public static final Loc.Fixed<GfwBootMask> GFW_BOOT_MASK =
            Loc.fixed("PGC6.GFW_BOOT_MASK", 0x118128, GfwBootMask::new);

    /** Progress of the firmware at power-on. */
    public static final Loc.Fixed<GfwBoot> GFW_BOOT = Loc.fixed("PGC6.GFW_BOOT", 0x118234, GfwBoot::new);

    /** Video memory that a driver may use. */
    public static final Loc.Fixed<FbSize> FB_SIZE = Loc.fixed("PGC6.FB_SIZE", 0x1183a4, FbSize::new);

    /** Every register of the block. */
    public static final List<Loc<?>> ALL = List.of(BSI_SCRATCH_14, GFW_BOOT_MASK, GFW_BOOT, FB_SIZE);

    private Gfw() {}

    /**
     * Hand-over of the boot stages.
     *
     * @param raw the word
     */
    public record BootStage(int raw) implements Reg32 {
        private static final Field STAGE3_HANDOFF = Field.bit(26);

        /** Bit 26: stage 3 is done. */
        public boolean stage3Handoff() {
            return STAGE3_HANDOFF.isSet(raw);
        }

        public BootStage withStage3Handoff(boolean value) {
            return new BootStage(STAGE3_HANDOFF.with(raw, value));
        }
    }

    /**
     * Who may read the boot progress.
     *
     * @param raw the word
     */
    public record GfwBootMask(int raw) implements Reg32 {
        private static final Field READABLE = Field.bit(0);

        /** Bit 0: a driver may read the progress. */
        public boolean readable() {
            return READABLE.isSet(raw);
        }

        public GfwBootMask withReadable(boolean value) {
            return new GfwBootMask(READABLE.with(raw, value));
        }
    }

    /**
     * Progress of the firmware at power-on.
     *
     * @param raw the word
     */
    public record GfwBoot(int raw) implements Reg32 {
        private static final Field PROGRESS = Field.bits(7, 0);

        /** Bits 7:0: 0xff when complete. */
        public int progress() {
            return PROGRESS.get(raw);
        }

        public GfwBoot withProgress(int value) {
            return new GfwBoot(PROGRESS.with(raw, value));
        }
    }

    /**
     * Video memory that a driver may use.
     *
     * @param raw the word
     */
    public record FbSize(int raw) implements Reg32 {
        private static final Field MEBIBYTES = Field.bits(31, 0);

        /** Bits 31:0: size in MiB. */
        public int mebibytes() {
            return MEBIBYTES.get(raw);
        }

        public FbSize withMebibytes(int value) {
            return new FbSize(value);
        }
    }
}
