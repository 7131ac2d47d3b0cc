// SPDX-License-Identifier: Apache-2.0
package io.lamella.hw.reg;

import io.lamella.hw.Field;
import io.lamella.hw.Loc;
import io.lamella.hw.Reg32;
import java.util.List;

/**
 * Copy engines, of which a driver asks which ones graphics shares.
 *
 * <p>Facts: nouveau nvhw/ref/gb202/dev_ce.h.
 */
public final class Ce {
    /** Which engines are graphics', on GB20x. */
    public static final Loc.Fixed<GrceMask> GRCE_MASK = Loc.fixed("CE.GRCE_MASK", 0x1040d8, GrceMask::new);

    /** Every register of the block. */
    public static final List<Loc<?>> ALL = List.of(GRCE_MASK);

    private Ce() {}

    /**
     * Which engines are graphics'.
     *
     * @param raw the word
     */
    public record GrceMask(int raw) implements Reg32 {
        private static final Field ENGINES = Field.bits(9, 0);

        /** Bits 9:0: one for each engine. */
        public int engines() {
            return ENGINES.get(raw);
        }

        public GrceMask withEngines(int value) {
            return new GrceMask(ENGINES.with(raw, value));
        }
    }
}
