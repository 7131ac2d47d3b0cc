// SPDX-License-Identifier: Apache-2.0
package io.lamella.hw.reg;

/** The ROM with the VBIOS, as BAR0 shows it. Facts: nouveau nvkm/subdev/bios/shadowrom.c, nova-core vbios.rs. */
public final class Prom {
    /** The ROM, read only. */
    public static final Window WINDOW = new Window("PROM", 0x300000, 0x100000);

    private Prom() {}
}
