// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.falcon;

import io.lamella.gpu.bank.BankBuilder;
import io.lamella.gpu.block.Wpr2;
import io.lamella.gpu.port.FunctionShape;
import io.lamella.gpu.port.GspPort;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** How the firmware of a function's GSP gets to run, and what is left of that when it ends. */
public interface SecureBoot {
    /**
     * What a family of chips boots with.
     *
     * @param host of the falcons
     * @param bank where registers go
     * @param shape of the function
     * @param wpr2 the protected region
     * @param gspFalcon what is booted
     * @param sec2Falcon the other one
     * @param gsp to start
     * @param vbios the bytes of a VBIOS, for those who show one
     */
    record Parts(
            FalconHost host,
            BankBuilder bank,
            FunctionShape shape,
            Wpr2 wpr2,
            FalconUnit gspFalcon,
            FalconUnit sec2Falcon,
            GspPort gsp,
            Supplier<byte[]> vbios) {}

    /** Adds the registers that belong to it. */
    static SecureBoot create(Parts parts) {
        return switch (parts.shape.chip().architecture()) {
            case ADA -> new FalconBoot(parts);
            case BLACKWELL_GB20X -> new FspBoot(parts);
        };
    }

    /** Why the last boot was refused, as a sentence, or null if it succeeded. Any thread. */
    @Nullable
    String lastRefusal();

    /** The firmware has ended by itself. On the function's tasks. */
    void firmwareEnded();

    /** The state of power-on. Registers that are plain storage are the bank's to reset; no task may run. */
    void reset();
}
