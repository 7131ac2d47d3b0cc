// SPDX-License-Identifier: Apache-2.0
package io.lamella.hw.reg;

import io.lamella.hw.Field;
import io.lamella.hw.Loc;
import io.lamella.hw.Reg32;
import java.util.List;

/**
 * The free-running clock of the GPU, in nanoseconds.
 *
 * <p>Facts: nouveau nvkm/subdev/timer/nv04.c and gk20a.c.
 */
public final class Ptimer {
    /** Pending alarm. */
    public static final Loc.Fixed<Intr> INTR = Loc.fixed("PTIMER.INTR", 0x9100, Intr::new);

    /** Whether the alarm interrupts. */
    public static final Loc.Fixed<IntrEnable> INTR_EN = Loc.fixed("PTIMER.INTR_EN", 0x9140, IntrEnable::new);

    /** Clock ratio, upper part. */
    public static final Loc.Fixed<Word> NUMERATOR = Loc.fixed("PTIMER.NUMERATOR", 0x9200, Word::new);

    /** Clock ratio, lower part. */
    public static final Loc.Fixed<Word> DENOMINATOR = Loc.fixed("PTIMER.DENOMINATOR", 0x9210, Word::new);

    /** Nanoseconds, bits 31:0; the low five bits may be 0. */
    public static final Loc.Fixed<Word> TIME_0 = Loc.fixed("PTIMER.TIME_0", 0x9400, Word::new);

    /** Nanoseconds, bits 63:32. */
    public static final Loc.Fixed<Word> TIME_1 = Loc.fixed("PTIMER.TIME_1", 0x9410, Word::new);

    /** Alarm time, bits 31:0. */
    public static final Loc.Fixed<Word> ALARM = Loc.fixed("PTIMER.ALARM", 0x9420, Word::new);

    /** Every register of the block. */
    public static final List<Loc<?>> ALL = List.of(INTR, INTR_EN, NUMERATOR, DENOMINATOR, TIME_0, TIME_1, ALARM);

    private Ptimer() {}

    /**
     * Pending alarm.
     *
     * @param raw the word
     */
    public record Intr(int raw) implements Reg32 {
        private static final Field ALARM = Field.bit(0);

        /** Bit 0: the alarm time has come. */
        public boolean alarm() {
            return ALARM.isSet(raw);
        }

        public Intr withAlarm(boolean value) {
            return new Intr(ALARM.with(raw, value));
        }
    }

    /**
     * Whether the alarm interrupts.
     *
     * @param raw the word
     */
    public record IntrEnable(int raw) implements Reg32 {
        private static final Field ALARM = Field.bit(0);

        /** Bit 0: enabled. */
        public boolean alarm() {
            return ALARM.isSet(raw);
        }

        public IntrEnable withAlarm(boolean value) {
            return new IntrEnable(ALARM.with(raw, value));
        }
    }
}
