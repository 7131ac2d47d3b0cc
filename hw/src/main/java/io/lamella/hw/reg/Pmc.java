// SPDX-License-Identifier: Apache-2.0
package io.lamella.hw.reg;

import io.lamella.hw.Field;
import io.lamella.hw.Loc;
import io.lamella.hw.Reg32;
import java.util.List;

/**
 * Master control: which chip this is, and the oldest interrupt registers.
 *
 * <p>Facts: nova-core regs.rs, NVIDIA open-gpu-doc dev_boot.
 */
public final class Pmc {
    /** Chip identity, first form. */
    public static final Loc.Fixed<Boot0> BOOT_0 = Loc.fixed("PMC.BOOT_0", 0x0, Boot0::new);

    /** Byte order and the kind of function. A driver for a whole GPU refuses any function whose kind is not 0. */
    public static final Loc.Fixed<Boot1> BOOT_1 = Loc.fixed("PMC.BOOT_1", 0x4, Boot1::new);

    /** Pending interrupts by unit, as before Turing. */
    public static final Loc.Array<Word> INTR = Loc.array("PMC.INTR", 0x100, 2, 4, Word::new);

    /** Which line the units raise. */
    public static final Loc.Array<Word> INTR_EN = Loc.array("PMC.INTR_EN", 0x140, 2, 4, Word::new);

    /** Sets enables. */
    public static final Loc.Array<Word> INTR_EN_SET = Loc.array("PMC.INTR_EN_SET", 0x160, 2, 4, Word::new);

    /** Clears enables. */
    public static final Loc.Array<Word> INTR_EN_CLEAR = Loc.array("PMC.INTR_EN_CLEAR", 0x180, 2, 4, Word::new);

    /** Units out of reset. */
    public static final Loc.Fixed<Word> ENABLE = Loc.fixed("PMC.ENABLE", 0x200, Word::new);

    /** Chip identity, second form, used from Turing on. */
    public static final Loc.Fixed<Boot42> BOOT_42 = Loc.fixed("PMC.BOOT_42", 0xa00, Boot42::new);

    /** Board straps. */
    public static final Loc.Fixed<Straps> STRAPS = Loc.fixed("PMC.STRAPS", 0x101000, Straps::new);

    /** Every register of the block. */
    public static final List<Loc<?>> ALL =
            List.of(BOOT_0, BOOT_1, INTR, INTR_EN, INTR_EN_SET, INTR_EN_CLEAR, ENABLE, BOOT_42, STRAPS);

    private Pmc() {}

    /**
     * Chip identity, first form.
     *
     * @param raw the word
     */
    public record Boot0(int raw) implements Reg32 {
        private static final Field CHIPSET = Field.bits(28, 20);
        private static final Field REVISION = Field.bits(7, 0);

        /** Bits 28:20: chip number, such as 0x192 for AD102. */
        public int chipset() {
            return CHIPSET.get(raw);
        }

        public Boot0 withChipset(int value) {
            return new Boot0(CHIPSET.with(raw, value));
        }

        /** Bits 7:0: major revision in the high nibble, minor in the low one. */
        public int revision() {
            return REVISION.get(raw);
        }

        public Boot0 withRevision(int value) {
            return new Boot0(REVISION.with(raw, value));
        }
    }

    /**
     * Byte order and the kind of function. A driver for a whole GPU refuses any function whose kind is not 0.
     *
     * @param raw the word
     */
    public record Boot1(int raw) implements Reg32 {
        private static final Field BIG_ENDIAN_HIGH = Field.bit(24);
        private static final Field FUNCTION_KIND = Field.bits(17, 16);
        private static final Field BIG_ENDIAN_LOW = Field.bit(0);

        /** Bit 24: set together with the low one on a big-endian host. */
        public boolean bigEndianHigh() {
            return BIG_ENDIAN_HIGH.isSet(raw);
        }

        public Boot1 withBigEndianHigh(boolean value) {
            return new Boot1(BIG_ENDIAN_HIGH.with(raw, value));
        }

        /** Bits 17:16: 0 whole GPU, 1 para-virtual, 2 virtual function. */
        public int functionKind() {
            return FUNCTION_KIND.get(raw);
        }

        public Boot1 withFunctionKind(int value) {
            return new Boot1(FUNCTION_KIND.with(raw, value));
        }

        /** Bit 0: see the high one. */
        public boolean bigEndianLow() {
            return BIG_ENDIAN_LOW.isSet(raw);
        }

        public Boot1 withBigEndianLow(boolean value) {
            return new Boot1(BIG_ENDIAN_LOW.with(raw, value));
        }
    }

    /**
     * Chip identity, second form, used from Turing on.
     *
     * @param raw the word
     */
    public record Boot42(int raw) implements Reg32 {
        private static final Field ARCHITECTURE = Field.bits(29, 24);
        private static final Field IMPLEMENTATION = Field.bits(23, 20);
        private static final Field MAJOR_REVISION = Field.bits(19, 16);
        private static final Field MINOR_REVISION = Field.bits(15, 12);

        /** Bits 29:24: 0x19 is Ada. */
        public int architecture() {
            return ARCHITECTURE.get(raw);
        }

        public Boot42 withArchitecture(int value) {
            return new Boot42(ARCHITECTURE.with(raw, value));
        }

        /** Bits 23:20: chip within the architecture. */
        public int implementation() {
            return IMPLEMENTATION.get(raw);
        }

        public Boot42 withImplementation(int value) {
            return new Boot42(IMPLEMENTATION.with(raw, value));
        }

        /** Bits 19:16: 0xa for A. */
        public int majorRevision() {
            return MAJOR_REVISION.get(raw);
        }

        public Boot42 withMajorRevision(int value) {
            return new Boot42(MAJOR_REVISION.with(raw, value));
        }

        /** Bits 15:12: 1 for A1. */
        public int minorRevision() {
            return MINOR_REVISION.get(raw);
        }

        public Boot42 withMinorRevision(int value) {
            return new Boot42(MINOR_REVISION.with(raw, value));
        }
    }

    /**
     * Board straps.
     *
     * @param raw the word
     */
    public record Straps(int raw) implements Reg32 {
        private static final Field CRYSTAL_HIGH = Field.bit(22);
        private static final Field CRYSTAL_LOW = Field.bit(6);

        /** Bit 22: upper bit of the crystal choice. */
        public boolean crystalHigh() {
            return CRYSTAL_HIGH.isSet(raw);
        }

        public Straps withCrystalHigh(boolean value) {
            return new Straps(CRYSTAL_HIGH.with(raw, value));
        }

        /** Bit 6: lower bit of the crystal choice. */
        public boolean crystalLow() {
            return CRYSTAL_LOW.isSet(raw);
        }

        public Straps withCrystalLow(boolean value) {
            return new Straps(CRYSTAL_LOW.with(raw, value));
        }
    }
}
