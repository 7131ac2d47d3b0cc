// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.falcon;

import io.lamella.gpu.block.Identity;
import io.lamella.gpu.block.Prom;
import io.lamella.hw.reg.Pbus;
import org.jspecify.annotations.Nullable;

/** The way of AD10x: programs that the driver loads, FWSEC from the VBIOS on the GSP's falcon and booter on SEC2. */
final class FalconBoot implements SecureBoot {
    private final Booter booter;

    FalconBoot(Parts parts) {
        Identity.addScratch(parts.bank(), Pbus.FRTS_SCRATCH_INDEX, Pbus.SB_SCRATCH_INDEX);
        parts.bank()
                .window(io.lamella.hw.reg.Prom.WINDOW, new Prom(parts.vbios().get()));
        new Fwsec(parts.bank(), parts.wpr2(), parts.shape().frameBufferBytes()).installOn(parts.gspFalcon());
        booter = new Booter(new FirmwareSlot(parts));
        booter.installOn(parts.sec2Falcon());
    }

    @Override
    public @Nullable String lastRefusal() {
        return booter.lastRefusal();
    }

    /** The protected region stays until booter's unloader has run. */
    @Override
    public void firmwareEnded() {}

    @Override
    public void reset() {}
}
