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

    /** Display, for what cannot wait, stall. */
    public static final int DISPLAY_LOW_LATENCY_STALL = 153;

    /** GSP, stall. */
    public static final int GSP_STALL = 155;

    private Vectors() {}

    /** What raises a vector, for people. */
    public static String nameOf(int vector) {
        if (vector >= CE0_NON_STALL && vector < GR0_NON_STALL) {
            return "CE" + (vector - CE0_NON_STALL) + " non-stall";
        }
        return switch (vector) {
            case GR0_NON_STALL -> "GR0 non-stall";
            case CPU_DOORBELL -> "vGPU plugin";
            case DISPLAY_STALL -> "display stall";
            case DISPLAY_LOW_LATENCY_STALL -> "display low latency";
            case GSP_STALL -> "GSP stall";
            default -> "vector " + vector;
        };
    }
}
