// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.block;

import io.lamella.gpu.bank.BankBuilder;
import io.lamella.gpu.port.FunctionShape;
import io.lamella.hw.reg.Disp;
import io.lamella.hw.reg.Fuse;
import io.lamella.hw.reg.Gfw;
import io.lamella.hw.reg.Pbus;
import io.lamella.hw.reg.Pfb;
import io.lamella.hw.reg.Pmc;

/** Everything that says what the chip is and that it has come up. */
public final class Identity {
    private static final int MIB_SHIFT = 20;

    private Identity() {}

    /** Adds the registers; all of them are constants or plain storage. */
    public static void addRegisters(BankBuilder bank, FunctionShape shape) {
        bank.constant(Pmc.BOOT_0, shape.chip().boot0(shape.revisionId()).raw());
        // 0 is "a whole GPU, little-endian"; drivers for whole GPUs refuse every other function.
        bank.constant(Pmc.BOOT_1, 0);
        bank.constant(Pmc.BOOT_42, shape.chip().boot42(shape.revisionId()).raw());
        bank.constant(Pmc.STRAPS, 0);
        for (int i = 0; i < 2; i++) {
            bank.constant(Pmc.INTR.at(i), 0);
            bank.storage(Pmc.INTR_EN.at(i));
            bank.storage(Pmc.INTR_EN_SET.at(i));
            bank.storage(Pmc.INTR_EN_CLEAR.at(i));
        }
        bank.storage(Pmc.ENABLE, -1, -1);
        bank.constant(Pfb.LOCAL_MEMORY_RANGE, localMemoryRange(shape.frameBufferBytes()));
        bank.constant(Gfw.FB_SIZE, (int) (shape.frameBufferBytes() >> MIB_SHIFT));
        bank.constant(Fuse.STATUS_OPT_DISPLAY, shape.headless() ? 1 : 0);
        display(bank);
        ChipRegisters.of(shape.chip().architecture()).addTo(bank);
    }

    private static void display(BankBuilder bank) {
        bank.constant(Disp.VGA_WORKSPACE_BASE, 0);
        // The VGA index and data bytes share a word; without a display engine nothing is behind them.
        bank.storage(Disp.VGA_CRTC);
    }

    /** The scratch registers that no program of the model writes; {@link Pbus#FRTS_SCRATCH_INDEX} and the like are the falcons'. */
    public static void addScratch(BankBuilder bank, int... taken) {
        for (int i = 0; i < Pbus.SCRATCH.count(); i++) {
            int index = i;
            if (java.util.Arrays.stream(taken).noneMatch(t -> t == index)) {
                bank.storage(Pbus.SCRATCH.at(i));
            }
        }
    }

    /** Factor and power of two; rounds down where the size is no such product. */
    private static int localMemoryRange(long sizeBytes) {
        long factor = sizeBytes >> MIB_SHIFT;
        int power = 0;
        while (factor > 63) {
            factor >>= 1;
            power++;
        }
        return (int) factor << 4 | power;
    }
}
