// SPDX-License-Identifier: Apache-2.0
package io.lamella.hw.reg;

/** One MiB of video memory, from the place that {@link Pbus#BAR0_WINDOW} says. Facts: nouveau nvkm/subdev/instmem/nv50.c. */
public final class PraminWindow {
    /** The memory. */
    public static final Window WINDOW = new Window("PRAMIN", 0x700000, 0x100000);

    /** Video memory address at the start of the window. */
    public static long videoAddress(Pbus.Bar0Window window) {
        return (long) window.base() << 16;
    }

    private PraminWindow() {}
}
