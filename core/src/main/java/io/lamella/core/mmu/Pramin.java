// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.mmu;

import io.lamella.core.device.Device;
import io.lamella.hw.Loc;
import io.lamella.hw.reg.Pbus;
import io.lamella.hw.reg.PraminWindow;

/**
 * Frame buffer through the movable window among the registers: slow, and there before anything is mapped. Here it carries page tables.
 * Moving the window and using it is one step; the lock is held for those few accesses.
 */
final class Pramin {
    private static final int FLUSH_TIMEOUT_MILLIS = 2_000;
    private static final int WINDOW_SHIFT = 16;
    private static final long OFFSET_MASK = 0xffff;

    private final Device device;
    private final Loc.Fixed<?> window;
    private int position = -1;

    /** @param window the register that moves it, in units of 64 KiB */
    Pramin(Device device, Loc.Fixed<?> window) {
        this.device = device;
        this.window = window;
    }

    /** Stores a 64-bit word. */
    synchronized void write(long address, long value) {
        move(address);
        int offset = PraminWindow.WINDOW.offset() + (int) (address & OFFSET_MASK);
        device.write(offset, (int) value);
        device.write(offset + 4, (int) (value >>> 32));
    }

    synchronized void zero(long address, int lengthBytes) {
        move(address);
        int offset = PraminWindow.WINDOW.offset() + (int) (address & OFFSET_MASK);
        for (int done = 0; done < lengthBytes; done += 4) {
            device.write(offset + done, 0);
        }
    }

    private void move(long address) {
        int wanted = (int) (address >>> WINDOW_SHIFT);
        if (wanted != position) {
            device.write(window, wanted);
            position = wanted;
        }
    }

    /** Waits until what was stored can be seen by everyone. */
    void flush() {
        device.write(Pbus.FLUSH, new Pbus.Flush(0).withStart(true));
        device.await(
                "write frame buffer back",
                FLUSH_TIMEOUT_MILLIS,
                () -> !device.read(Pbus.FLUSH).pending());
    }
}
