// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.port;

/** Interrupt vectors of a function's tree; vector v is bit v % 32 of leaf v / 32. */
public final class Vectors {
    /** Copy engine 0, non-stall; copy engine n has this plus n. */
    public static final int CE0_NON_STALL = 0x20;

    /** Graphics engine 0, non-stall. */
    public static final int GR0_NON_STALL = 0x28;

    /** A vGPU's plugin rings the host. */
    public static final int CPU_DOORBELL = 129;

    /** Display, stall. */
    public static final int DISPLAY_STALL = 154;

    /** GSP, stall. */
    public static final int GSP_STALL = 155;

    private Vectors() {}
}
