// SPDX-License-Identifier: Apache-2.0
package io.lamella.pci;

/** Ids of capabilities, and how to find one in any function. */
public final class CapabilityId {
    public static final int POWER_MANAGEMENT = 0x01;
    public static final int MSI = 0x05;
    public static final int VENDOR = 0x09;
    public static final int EXPRESS = 0x10;
    public static final int MSI_X = 0x11;

    /** Extended capabilities have ids of their own. */
    public static final int EXTENDED_AER = 0x0001;

    public static final int EXTENDED_VIRTUAL_CHANNEL = 0x0002;
    public static final int EXTENDED_SERIAL_NUMBER = 0x0003;
    public static final int EXTENDED_ARI = 0x000e;
    public static final int EXTENDED_SRIOV = 0x0010;
    public static final int EXTENDED_RESIZABLE_BAR = 0x0015;
    public static final int EXTENDED_SECONDARY_EXPRESS = 0x0019;

    private CapabilityId() {}

    /** Where a function has capability {@code id}, or 0. The walk ends even if the list is a loop. */
    public static int find(PciFunction function, int id) {
        int at = (int) function.readConfig(ConfigSpace.CAPABILITIES_POINTER, 1) & ~3;
        for (int i = 0; at >= 0x40 && i < 48; i++) {
            int header = (int) function.readConfig(at, 2);
            if ((header & 0xff) == id) {
                return at;
            }
            at = header >> 8 & ~3;
        }
        return 0;
    }

    /** Where a function has extended capability {@code id}, or 0. */
    public static int findExtended(PciFunction function, int id) {
        int at = ConfigSpace.EXTENDED_CAPABILITIES;
        for (int i = 0; at >= ConfigSpace.EXTENDED_CAPABILITIES && at < function.configSizeBytes() && i < 960; i++) {
            int header = (int) function.readConfig(at, 4);
            if (header == 0 || header == -1) {
                return 0;
            }
            if ((header & 0xffff) == id) {
                return at;
            }
            at = header >>> 20 & ~3;
        }
        return 0;
    }
}
