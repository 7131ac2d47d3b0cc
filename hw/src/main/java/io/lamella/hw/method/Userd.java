// SPDX-License-Identifier: Apache-2.0
package io.lamella.hw.method;

/** A channel's user area, 512 bytes in video memory (clc56f.h, the control structure). Offsets in bytes. */
public final class Userd {
    public static final int SIZE_BYTES = 512;
    /** GPU virtual address of what is fetched, lower word. */
    public static final int GET_LO = 0x44;
    /** End of the top-level segment, lower word. */
    public static final int TOP_LEVEL_GET_LO = 0x58;

    public static final int TOP_LEVEL_GET_HI = 0x5c;
    public static final int GET_HI = 0x60;
    /** Ring index that host will fetch next. */
    public static final int GP_GET = 0x88;
    /** Ring index that the driver will write next. */
    public static final int GP_PUT = 0x8c;

    private Userd() {}
}
