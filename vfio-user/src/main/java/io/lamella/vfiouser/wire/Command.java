// SPDX-License-Identifier: Apache-2.0
package io.lamella.vfiouser.wire;

/** Command numbers. */
public final class Command {
    public static final int VERSION = 1;
    public static final int DMA_MAP = 2;
    public static final int DMA_UNMAP = 3;
    public static final int DEVICE_GET_INFO = 4;
    public static final int DEVICE_GET_REGION_INFO = 5;
    public static final int DEVICE_GET_REGION_IO_FDS = 6;
    public static final int DEVICE_GET_IRQ_INFO = 7;
    public static final int DEVICE_SET_IRQS = 8;
    public static final int REGION_READ = 9;
    public static final int REGION_WRITE = 10;

    /** From the server to the client, as the next one; all others go the other way. */
    public static final int DMA_READ = 11;

    public static final int DMA_WRITE = 12;
    public static final int DEVICE_RESET = 13;
    public static final int REGION_WRITE_MULTI = 15;
    public static final int DEVICE_FEATURE = 16;
    public static final int MIG_DATA_READ = 17;
    public static final int MIG_DATA_WRITE = 18;

    /** One more than the highest number. */
    public static final int LIMIT = 19;

    private static final String[] NAMES = {
        "command 0",
        "VERSION",
        "DMA_MAP",
        "DMA_UNMAP",
        "DEVICE_GET_INFO",
        "DEVICE_GET_REGION_INFO",
        "DEVICE_GET_REGION_IO_FDS",
        "DEVICE_GET_IRQ_INFO",
        "DEVICE_SET_IRQS",
        "REGION_READ",
        "REGION_WRITE",
        "DMA_READ",
        "DMA_WRITE",
        "DEVICE_RESET",
        "DIRTY_PAGES",
        "REGION_WRITE_MULTI",
        "DEVICE_FEATURE",
        "MIG_DATA_READ",
        "MIG_DATA_WRITE"
    };

    private Command() {}

    /** Its name in the specification. */
    public static String name(int command) {
        return command >= 0 && command < LIMIT ? NAMES[command] : "command " + command;
    }
}
