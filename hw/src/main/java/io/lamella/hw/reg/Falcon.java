// SPDX-License-Identifier: Apache-2.0
package io.lamella.hw.reg;

import io.lamella.hw.Field;
import io.lamella.hw.Loc;
import io.lamella.hw.Reg32;
import java.util.List;

/**
 * Falcon: the microcontroller that several units have. Offsets are from the unit's base; see {@link Falcons}.
 *
 * <p>Facts: nova-core regs.rs, nouveau nvkm/falcon, open-gpu-kernel-modules dev_falcon_v4.h.
 */
public final class Falcon {
    /** Sets bits of IRQSTAT. */
    public static final Loc.Relative<Word> IRQSSET = Loc.relative("IRQSSET", 0x0, Word::new);

    /** Clears bits of IRQSTAT. */
    public static final Loc.Relative<Irq> IRQSCLR = Loc.relative("IRQSCLR", 0x4, Irq::new);

    /** Pending interrupts. */
    public static final Loc.Relative<Irq> IRQSTAT = Loc.relative("IRQSTAT", 0x8, Irq::new);

    /** Sets bits of IRQMASK. */
    public static final Loc.Relative<Word> IRQMSET = Loc.relative("IRQMSET", 0x10, Word::new);

    /** Clears bits of IRQMASK. */
    public static final Loc.Relative<Word> IRQMCLR = Loc.relative("IRQMCLR", 0x14, Word::new);

    /** Enabled interrupts. */
    public static final Loc.Relative<Word> IRQMASK = Loc.relative("IRQMASK", 0x18, Word::new);

    /** Where interrupts go. */
    public static final Loc.Relative<Word> IRQDEST = Loc.relative("IRQDEST", 0x1c, Word::new);

    /** Word for passing values between CPU and falcon. */
    public static final Loc.Relative<Word> MAILBOX0 = Loc.relative("MAILBOX0", 0x40, Word::new);

    /** Second word for passing values. */
    public static final Loc.Relative<Word> MAILBOX1 = Loc.relative("MAILBOX1", 0x44, Word::new);

    /** Enabled interfaces. */
    public static final Loc.Relative<Word> ITFEN = Loc.relative("ITFEN", 0x48, Word::new);

    /** Which parts are busy. */
    public static final Loc.Relative<Word> IDLESTATE = Loc.relative("IDLESTATE", 0x4c, Word::new);

    /** Version of what runs. */
    public static final Loc.Relative<Word> OS = Loc.relative("OS", 0x80, Word::new);

    /** Word in which a driver leaves the chip identity. */
    public static final Loc.Relative<Word> RM = Loc.relative("RM", 0x84, Word::new);

    /** What the unit has, and its state after reset. */
    public static final Loc.Relative<Hwcfg2> HWCFG2 = Loc.relative("HWCFG2", 0xf4, Hwcfg2::new);

    /** Starts and stops the core. */
    public static final Loc.Relative<Cpuctl> CPUCTL = Loc.relative("CPUCTL", 0x100, Cpuctl::new);

    /** Where the core starts. */
    public static final Loc.Relative<Word> BOOTVEC = Loc.relative("BOOTVEC", 0x104, Word::new);

    /** Sizes of the memories. */
    public static final Loc.Relative<Hwcfg> HWCFG = Loc.relative("HWCFG", 0x108, Hwcfg::new);

    /** Revision of the core. */
    public static final Loc.Relative<Hwcfg1> HWCFG1 = Loc.relative("HWCFG1", 0x12c, Hwcfg1::new);

    /** Second way to start the core. */
    public static final Loc.Relative<CpuctlAlias> CPUCTL_ALIAS = Loc.relative("CPUCTL_ALIAS", 0x130, CpuctlAlias::new);

    /** Resets the unit. */
    public static final Loc.Relative<Engine> ENGINE = Loc.relative("ENGINE", 0x3c0, Engine::new);

    /** Raises the interrupt again if something is still pending. */
    public static final Loc.RelativeArray<IntrRetrigger> INTR_RETRIGGER =
            Loc.relativeArray("INTR_RETRIGGER", 0x3e8, 2, 4, IntrRetrigger::new);

    /** Every register of the block. */
    public static final List<Loc<?>> ALL = List.of(
            IRQSSET,
            IRQSCLR,
            IRQSTAT,
            IRQMSET,
            IRQMCLR,
            IRQMASK,
            IRQDEST,
            MAILBOX0,
            MAILBOX1,
            ITFEN,
            IDLESTATE,
            OS,
            RM,
            HWCFG2,
            CPUCTL,
            BOOTVEC,
            HWCFG,
            HWCFG1,
            CPUCTL_ALIAS,
            ENGINE,
            INTR_RETRIGGER);

    private Falcon() {}

    /**
     * Interrupts of a falcon.
     *
     * @param raw the word
     */
    public record Irq(int raw) implements Reg32 {
        private static final Field SWGEN1 = Field.bit(7);
        private static final Field SWGEN0 = Field.bit(6);
        private static final Field HALT = Field.bit(4);

        /** Bit 7: second software interrupt. */
        public boolean swgen1() {
            return SWGEN1.isSet(raw);
        }

        public Irq withSwgen1(boolean value) {
            return new Irq(SWGEN1.with(raw, value));
        }

        /** Bit 6: message from the firmware to the CPU. */
        public boolean swgen0() {
            return SWGEN0.isSet(raw);
        }

        public Irq withSwgen0(boolean value) {
            return new Irq(SWGEN0.with(raw, value));
        }

        /** Bit 4: the core has halted. */
        public boolean halt() {
            return HALT.isSet(raw);
        }

        public Irq withHalt(boolean value) {
            return new Irq(HALT.with(raw, value));
        }
    }

    /**
     * What the unit has, and its state after reset.
     *
     * @param raw the word
     */
    public record Hwcfg2(int raw) implements Reg32 {
        private static final Field RESET_READY = Field.bit(31);
        private static final Field LOCKDOWN = Field.bit(13);
        private static final Field MEM_SCRUBBING = Field.bit(12);
        private static final Field RISCV = Field.bit(10);

        /** Bit 31: the unit may be reset. */
        public boolean resetReady() {
            return RESET_READY.isSet(raw);
        }

        public Hwcfg2 withResetReady(boolean value) {
            return new Hwcfg2(RESET_READY.with(raw, value));
        }

        /** Bit 13: the boot ROM keeps the unit closed. */
        public boolean lockdown() {
            return LOCKDOWN.isSet(raw);
        }

        public Hwcfg2 withLockdown(boolean value) {
            return new Hwcfg2(LOCKDOWN.with(raw, value));
        }

        /** Bit 12: memory is being cleared. */
        public boolean memScrubbing() {
            return MEM_SCRUBBING.isSet(raw);
        }

        public Hwcfg2 withMemScrubbing(boolean value) {
            return new Hwcfg2(MEM_SCRUBBING.with(raw, value));
        }

        /** Bit 10: there is a RISC-V core. */
        public boolean riscv() {
            return RISCV.isSet(raw);
        }

        public Hwcfg2 withRiscv(boolean value) {
            return new Hwcfg2(RISCV.with(raw, value));
        }
    }

    /**
     * Starts and stops the core.
     *
     * @param raw the word
     */
    public record Cpuctl(int raw) implements Reg32 {
        private static final Field ALIAS_ENABLED = Field.bit(6);
        private static final Field HALTED = Field.bit(4);
        private static final Field START = Field.bit(1);

        /** Bit 6: start through CPUCTL_ALIAS instead. */
        public boolean aliasEnabled() {
            return ALIAS_ENABLED.isSet(raw);
        }

        public Cpuctl withAliasEnabled(boolean value) {
            return new Cpuctl(ALIAS_ENABLED.with(raw, value));
        }

        /** Bit 4: the core has halted. */
        public boolean halted() {
            return HALTED.isSet(raw);
        }

        public Cpuctl withHalted(boolean value) {
            return new Cpuctl(HALTED.with(raw, value));
        }

        /** Bit 1: write to start. */
        public boolean start() {
            return START.isSet(raw);
        }

        public Cpuctl withStart(boolean value) {
            return new Cpuctl(START.with(raw, value));
        }
    }

    /**
     * Sizes of the memories.
     *
     * @param raw the word
     */
    public record Hwcfg(int raw) implements Reg32 {
        private static final Field DMEM_BLOCKS = Field.bits(17, 9);
        private static final Field IMEM_BLOCKS = Field.bits(8, 0);

        /** Bits 17:9: data memory in units of 256 bytes. */
        public int dmemBlocks() {
            return DMEM_BLOCKS.get(raw);
        }

        public Hwcfg withDmemBlocks(int value) {
            return new Hwcfg(DMEM_BLOCKS.with(raw, value));
        }

        /** Bits 8:0: code memory in units of 256 bytes. */
        public int imemBlocks() {
            return IMEM_BLOCKS.get(raw);
        }

        public Hwcfg withImemBlocks(int value) {
            return new Hwcfg(IMEM_BLOCKS.with(raw, value));
        }
    }

    /**
     * Revision of the core.
     *
     * @param raw the word
     */
    public record Hwcfg1(int raw) implements Reg32 {
        private static final Field SUBVERSION = Field.bits(7, 6);
        private static final Field SECURITY_MODEL = Field.bits(5, 4);
        private static final Field CORE_REVISION = Field.bits(3, 0);

        /** Bits 7:6: sub-version. */
        public int subversion() {
            return SUBVERSION.get(raw);
        }

        public Hwcfg1 withSubversion(int value) {
            return new Hwcfg1(SUBVERSION.with(raw, value));
        }

        /** Bits 5:4: 0 none, 2 light, 3 heavy. */
        public int securityModel() {
            return SECURITY_MODEL.get(raw);
        }

        public Hwcfg1 withSecurityModel(int value) {
            return new Hwcfg1(SECURITY_MODEL.with(raw, value));
        }

        /** Bits 3:0: 1 to 7. */
        public int coreRevision() {
            return CORE_REVISION.get(raw);
        }

        public Hwcfg1 withCoreRevision(int value) {
            return new Hwcfg1(CORE_REVISION.with(raw, value));
        }
    }

    /**
     * Second way to start the core.
     *
     * @param raw the word
     */
    public record CpuctlAlias(int raw) implements Reg32 {
        private static final Field START = Field.bit(1);

        /** Bit 1: write to start. */
        public boolean start() {
            return START.isSet(raw);
        }

        public CpuctlAlias withStart(boolean value) {
            return new CpuctlAlias(START.with(raw, value));
        }
    }

    /**
     * Resets the unit.
     *
     * @param raw the word
     */
    public record Engine(int raw) implements Reg32 {
        private static final Field RESET = Field.bit(0);

        /** Bit 0: held in reset. */
        public boolean reset() {
            return RESET.isSet(raw);
        }

        public Engine withReset(boolean value) {
            return new Engine(RESET.with(raw, value));
        }
    }

    /**
     * Raises the interrupt again if something is still pending.
     *
     * @param raw the word
     */
    public record IntrRetrigger(int raw) implements Reg32 {
        private static final Field TRIGGER = Field.bit(0);

        /** Bit 0: write to raise. */
        public boolean trigger() {
            return TRIGGER.isSet(raw);
        }

        public IntrRetrigger withTrigger(boolean value) {
            return new IntrRetrigger(TRIGGER.with(raw, value));
        }
    }
}
