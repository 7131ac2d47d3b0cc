// SPDX-License-Identifier: Apache-2.0
package io.lamella.hw.reg;

import io.lamella.hw.Field;
import io.lamella.hw.Loc;
import io.lamella.hw.Reg32;
import java.util.List;

/**
 * Bus interface: scratch registers, the window of PRAMIN, and the flush of BAR writes.
 *
 * <p>Facts: nova-core regs.rs, nouveau nvkm/subdev/instmem and nvkm/subdev/bar/g84.c.
 */
public final class Pbus {
    /** Plain storage that firmware leaves results in. */
    public static final Loc.Array<Scratch> SCRATCH = Loc.array("PBUS.SCRATCH", 0x1400, 64, 4, Scratch::new);

    /** Which part of video memory PRAMIN shows. */
    public static final Loc.Fixed<Bar0Window> BAR0_WINDOW = Loc.fixed("PBUS.BAR0_WINDOW", 0x1700, Bar0Window::new);

    /** Write 1 to push BAR writes out; reads pending until done. */
    public static final Loc.Fixed<Flush> FLUSH = Loc.fixed("PBUS.FLUSH", 0x70000, Flush::new);

    /** Index of the scratch register in which FWSEC-FRTS leaves its error. */
    public static final int FRTS_SCRATCH_INDEX = 0xe;

    /** Index of the scratch register in which FWSEC-SB leaves its error. */
    public static final int SB_SCRATCH_INDEX = 0x15;

    /** Every register of the block. */
    public static final List<Loc<?>> ALL = List.of(SCRATCH, BAR0_WINDOW, FLUSH);

    private Pbus() {}

    /**
     * Plain storage that firmware leaves results in.
     *
     * @param raw the word
     */
    public record Scratch(int raw) implements Reg32 {
        private static final Field FRTS_ERROR = Field.bits(31, 16);
        private static final Field SB_ERROR = Field.bits(15, 0);

        /** Bits 31:16: in scratch {@value Pbus#FRTS_SCRATCH_INDEX}: 0 when FWSEC-FRTS succeeded. */
        public int frtsError() {
            return FRTS_ERROR.get(raw);
        }

        public Scratch withFrtsError(int value) {
            return new Scratch(FRTS_ERROR.with(raw, value));
        }

        /** Bits 15:0: in scratch {@value Pbus#SB_SCRATCH_INDEX}: 0 when FWSEC-SB succeeded. */
        public int sbError() {
            return SB_ERROR.get(raw);
        }

        public Scratch withSbError(int value) {
            return new Scratch(SB_ERROR.with(raw, value));
        }
    }

    /**
     * Which part of video memory PRAMIN shows.
     *
     * @param raw the word
     */
    public record Bar0Window(int raw) implements Reg32 {
        private static final Field TARGET = Field.bits(25, 24);
        private static final Field BASE = Field.bits(23, 0);

        /** Bits 25:24: 0 video memory. */
        public int target() {
            return TARGET.get(raw);
        }

        public Bar0Window withTarget(int value) {
            return new Bar0Window(TARGET.with(raw, value));
        }

        /** Bits 23:0: address in units of 64 KiB. */
        public int base() {
            return BASE.get(raw);
        }

        public Bar0Window withBase(int value) {
            return new Bar0Window(BASE.with(raw, value));
        }
    }

    /**
     * Write 1 to push BAR writes out; reads pending until done.
     *
     * @param raw the word
     */
    public record Flush(int raw) implements Reg32 {
        private static final Field PENDING = Field.bit(1);
        private static final Field START = Field.bit(0);

        /** Bit 1: a flush is under way. */
        public boolean pending() {
            return PENDING.isSet(raw);
        }

        public Flush withPending(boolean value) {
            return new Flush(PENDING.with(raw, value));
        }

        /** Bit 0: write to start one. */
        public boolean start() {
            return START.isSet(raw);
        }

        public Flush withStart(boolean value) {
            return new Flush(START.with(raw, value));
        }
    }
}
