// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.block;

import io.lamella.gpu.bank.BankBuilder;
import io.lamella.gpu.bank.Cell;
import io.lamella.hw.reg.Pfb;

/**
 * The write-protected region, as its registers show it: FWSEC sets it up around FRTS, booter widens it around the firmware, booter's unloader
 * removes it. Drivers can only read. Not modelled: the protection itself.
 */
public final class Wpr2 {
    private static final int PAGE_SHIFT = 12;
    private static final int FIELD_SHIFT = 4;

    private final Cell.Storage low;
    private final Cell.Storage high;

    /** Adds the two registers to the bank. */
    public Wpr2(BankBuilder bank) {
        low = bank.storage(Pfb.WPR2_ADDR_LO, 0, 0);
        high = bank.storage(Pfb.WPR2_ADDR_HI, 0, 0);
    }

    public boolean isSet() {
        return high.peek() != 0;
    }

    /** Where it begins. */
    public long start() {
        return Integer.toUnsignedLong(low.peek()) >>> FIELD_SHIFT << PAGE_SHIFT;
    }

    /** Where it ends, exclusive. */
    public long end() {
        return Integer.toUnsignedLong(high.peek()) >>> FIELD_SHIFT << PAGE_SHIFT;
    }

    /** Sets the region; both addresses are whole pages below 2^40. */
    public void set(long start, long end) {
        low.set((int) (start >>> PAGE_SHIFT << FIELD_SHIFT));
        high.set((int) (end >>> PAGE_SHIFT << FIELD_SHIFT));
    }

    public void clear() {
        low.set(0);
        high.set(0);
    }
}
