// SPDX-License-Identifier: Apache-2.0
package io.lamella.hw.reg;

import io.lamella.hw.Loc;

/**
 * Where each unit with a falcon has its registers.
 *
 * @param name of the unit
 * @param falcon base of {@link Falcon}, {@link FalconMem} and {@link Fbif}
 * @param riscv base of {@link RiscV}
 */
public record Falcons(String name, Loc.Base falcon, Loc.Base riscv) {
    /** The GPU System Processor, which runs the resource manager. */
    public static final Falcons GSP = of("GSP", 0x110000);

    /** The second security processor, which runs the booter. */
    public static final Falcons SEC2 = of("SEC2", 0x840000);

    /** The foundation security processor of Hopper and later, which boots the GSP; AD102 has none. */
    public static final Falcons FSP = of("FSP", 0x8f2000);

    private static Falcons of(String name, int base) {
        return new Falcons(name, new Loc.Base(name, base), new Loc.Base(name, base + 0x1000));
    }
}
