// SPDX-License-Identifier: Apache-2.0
package io.lamella.hw.reg;

import io.lamella.hw.Field;
import io.lamella.hw.Loc;
import io.lamella.hw.Reg32;
import java.util.List;

/**
 * RISC-V core and boot ROM of a falcon. Offsets are from the unit's second base; see {@link Falcons}.
 *
 * <p>Facts: nova-core regs.rs, nouveau nvkm/falcon/ga102.c, open-gpu-kernel-modules dev_riscv_pri.h.
 */
public final class RiscV {
    /** Which signature scheme the boot ROM uses. */
    public static final Loc.Relative<ModSel> MOD_SEL = Loc.relative("MOD_SEL", 0x180, ModSel::new);

    /** Which firmware is about to be checked. */
    public static final Loc.Relative<BromCurrUcodeId> BROM_CURR_UCODE_ID =
            Loc.relative("BROM_CURR_UCODE_ID", 0x198, BromCurrUcodeId::new);

    /** Which engines the firmware may run on. */
    public static final Loc.Relative<Word> BROM_ENGIDMASK = Loc.relative("BROM_ENGIDMASK", 0x19c, Word::new);

    /** Where in data memory the signature is. */
    public static final Loc.Relative<Word> BROM_PARAADDR = Loc.relative("BROM_PARAADDR", 0x210, Word::new);

    /** State of the RISC-V core, as Turing has it. */
    public static final Loc.Relative<CoreSwitchStatus> CORE_SWITCH_STATUS =
            Loc.relative("RISCV_CORE_SWITCH_STATUS", 0x240, CoreSwitchStatus::new);

    /** Starts the core; reads its state. */
    public static final Loc.Relative<Cpuctl> CPUCTL = Loc.relative("RISCV_CPUCTL", 0x388, Cpuctl::new);

    /** Enabled interrupts, same bits as the falcon's IRQSTAT. */
    public static final Loc.Relative<Word> IRQMASK = Loc.relative("RISCV_IRQMASK", 0x528, Word::new);

    /** Where interrupts go. */
    public static final Loc.Relative<Word> IRQDEST = Loc.relative("RISCV_IRQDEST", 0x52c, Word::new);

    /** Which core the unit boots. */
    public static final Loc.Relative<BcrCtrl> BCR_CTRL = Loc.relative("RISCV_BCR_CTRL", 0x668, BcrCtrl::new);

    /** Every register of the block. */
    public static final List<Loc<?>> ALL = List.of(
            MOD_SEL,
            BROM_CURR_UCODE_ID,
            BROM_ENGIDMASK,
            BROM_PARAADDR,
            CORE_SWITCH_STATUS,
            CPUCTL,
            IRQMASK,
            IRQDEST,
            BCR_CTRL);

    private RiscV() {}

    /**
     * Which signature scheme the boot ROM uses.
     *
     * @param raw the word
     */
    public record ModSel(int raw) implements Reg32 {
        private static final Field ALGORITHM = Field.bits(7, 0);

        /** Bits 7:0: 1 for RSA-3K. */
        public int algorithm() {
            return ALGORITHM.get(raw);
        }

        public ModSel withAlgorithm(int value) {
            return new ModSel(ALGORITHM.with(raw, value));
        }
    }

    /**
     * Which firmware is about to be checked.
     *
     * @param raw the word
     */
    public record BromCurrUcodeId(int raw) implements Reg32 {
        private static final Field UCODE_ID = Field.bits(7, 0);

        /** Bits 7:0: 1 to 16. */
        public int ucodeId() {
            return UCODE_ID.get(raw);
        }

        public BromCurrUcodeId withUcodeId(int value) {
            return new BromCurrUcodeId(UCODE_ID.with(raw, value));
        }
    }

    /**
     * State of the RISC-V core, as Turing has it.
     *
     * @param raw the word
     */
    public record CoreSwitchStatus(int raw) implements Reg32 {
        private static final Field ACTIVE = Field.bit(0);

        /** Bit 0: the core runs. */
        public boolean active() {
            return ACTIVE.isSet(raw);
        }

        public CoreSwitchStatus withActive(boolean value) {
            return new CoreSwitchStatus(ACTIVE.with(raw, value));
        }
    }

    /**
     * Starts the core; reads its state.
     *
     * @param raw the word
     */
    public record Cpuctl(int raw) implements Reg32 {
        private static final Field ACTIVE = Field.bit(7);
        private static final Field HALTED = Field.bit(4);
        private static final Field START = Field.bit(0);

        /** Bit 7: the core runs. */
        public boolean active() {
            return ACTIVE.isSet(raw);
        }

        public Cpuctl withActive(boolean value) {
            return new Cpuctl(ACTIVE.with(raw, value));
        }

        /** Bit 4: the core has halted. */
        public boolean halted() {
            return HALTED.isSet(raw);
        }

        public Cpuctl withHalted(boolean value) {
            return new Cpuctl(HALTED.with(raw, value));
        }

        /** Bit 0: write to start. */
        public boolean start() {
            return START.isSet(raw);
        }

        public Cpuctl withStart(boolean value) {
            return new Cpuctl(START.with(raw, value));
        }
    }

    /**
     * Which core the unit boots.
     *
     * @param raw the word
     */
    public record BcrCtrl(int raw) implements Reg32 {
        private static final Field FETCH = Field.bit(8);
        private static final Field RISCV_SELECTED = Field.bit(4);
        private static final Field VALID = Field.bit(0);

        /** Bit 8: the boot ROM fetches code. */
        public boolean fetch() {
            return FETCH.isSet(raw);
        }

        public BcrCtrl withFetch(boolean value) {
            return new BcrCtrl(FETCH.with(raw, value));
        }

        /** Bit 4: RISC-V, not falcon. */
        public boolean riscvSelected() {
            return RISCV_SELECTED.isSet(raw);
        }

        public BcrCtrl withRiscvSelected(boolean value) {
            return new BcrCtrl(RISCV_SELECTED.with(raw, value));
        }

        /** Bit 0: the choice has taken effect. */
        public boolean valid() {
            return VALID.isSet(raw);
        }

        public BcrCtrl withValid(boolean value) {
            return new BcrCtrl(VALID.with(raw, value));
        }
    }
}
