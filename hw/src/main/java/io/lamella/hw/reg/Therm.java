// SPDX-License-Identifier: Apache-2.0
package io.lamella.hw.reg;

import io.lamella.hw.Field;
import io.lamella.hw.Loc;
import io.lamella.hw.Reg32;
import java.util.List;

/**
 * Thermal unit, of which a driver reads how far the FSP has come.
 *
 * <p>Facts: nouveau nvhw/ref/gb202/dev_therm.h, nova-core regs.rs.
 */
public final class Therm {
    /** Whether the FSP has started the chip, on GB20x. */
    public static final Loc.Fixed<FspBootComplete> FSP_BOOT_COMPLETE =
            Loc.fixed("THERM.FSP_BOOT_COMPLETE", 0xad00bc, FspBootComplete::new);

    /** {@link FspBootComplete#status} when it has. */
    public static final int FSP_BOOT_SUCCESS = 0xff;

    /** Every register of the block. */
    public static final List<Loc<?>> ALL = List.of(FSP_BOOT_COMPLETE);

    private Therm() {}

    /**
     * Whether the FSP has started the chip.
     *
     * @param raw the word
     */
    public record FspBootComplete(int raw) implements Reg32 {
        private static final Field STATUS = Field.bits(31, 0);

        /** Bits 31:0: 0xff when it has. */
        public int status() {
            return STATUS.get(raw);
        }

        public FspBootComplete withStatus(int value) {
            return new FspBootComplete(value);
        }
    }
}
