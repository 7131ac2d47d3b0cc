// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.timer;

import io.lamella.gpu.bank.BankBuilder;
import io.lamella.hw.reg.Ptimer;
import io.lamella.hw.reg.Vfn;
import java.util.function.LongSupplier;

/** The timer of one function. */
public final class Timer {
    /** The hardware counts in steps of 32 ns. */
    private static final long STEP_MASK = ~31L;

    private static final long LOW_HALF = 0xffffffffL;

    private volatile LongSupplier nanos;
    private volatile long offsetNanos;

    /**
     * A timer that reads 0 now.
     *
     * @param nanos the time source; must not go backwards
     */
    public Timer(LongSupplier nanos) {
        this.nanos = nanos;
        reset();
    }

    /** The timer's own time. */
    public long nanos() {
        return (nanos.getAsLong() + offsetNanos) & STEP_MASK;
    }

    /** Starts again from 0. */
    public void reset() {
        offsetNanos = -nanos.getAsLong();
    }

    /** Counts by another time source from now on, beginning with a time. */
    public void useClock(LongSupplier clock, long time) {
        nanos = clock;
        set(time);
    }

    private void set(long time) {
        offsetNanos = time - nanos.getAsLong();
    }

    public void addRegisters(BankBuilder bank) {
        bank.hook(Ptimer.TIME_0, this::low, value -> set((nanos() & ~LOW_HALF) | Integer.toUnsignedLong(value)));
        bank.hook(Ptimer.TIME_1, this::high, value -> set((nanos() & LOW_HALF) | ((long) value << 32)));
        bank.storage(Ptimer.INTR_EN);
        bank.constant(Ptimer.INTR, 0);
        bank.storage(Ptimer.NUMERATOR);
        bank.storage(Ptimer.DENOMINATOR);
        bank.storage(Ptimer.ALARM);
        bank.readOnly(Vfn.USER_TIME_0, this::low);
        bank.readOnly(Vfn.USER_TIME_1, this::high);
        bank.readOnly(Vfn.TIMER, this::low);
    }

    private int low() {
        return (int) nanos();
    }

    private int high() {
        return (int) (nanos() >>> 32);
    }
}
