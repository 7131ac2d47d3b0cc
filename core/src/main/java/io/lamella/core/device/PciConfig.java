// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.device;

/** Configuration space by meaning. */
public final class PciConfig {
    private static final int STATUS = 0x06;
    private static final int STATUS_CAPABILITIES = 0x10;
    private static final int CAPABILITIES = 0x34;
    private static final int EXTENDED_CAPABILITIES = 0x100;
    private static final int MSI = 0x05;
    private static final int MSI_ENABLE = 1;
    private static final int MOST_CAPABILITIES = 256;

    private final Device device;

    public PciConfig(Device device) {
        this.device = device;
    }

    public int deviceAndVendor() {
        return device.configRead(0, 4);
    }

    public int subsystem() {
        return device.configRead(0x2c, 4);
    }

    public int revision() {
        return device.configRead(0x08, 1);
    }

    /** Where a BAR is on the bus; 0 where there is none or it was not placed. */
    public long bar(int index) {
        return barAt(0x10 + index * 4);
    }

    /** Whether a BAR register takes 64 bits, and so the next one too. */
    boolean isWideAt(int offset) {
        return (device.configRead(offset, 4) & 0x7) == 0x4;
    }

    /** Reads a BAR register, and the one after it if it takes 64 bits. */
    long barAt(int offset) {
        long address = Integer.toUnsignedLong(device.configRead(offset, 4) & ~0xf);
        return isWideAt(offset) ? address | Integer.toUnsignedLong(device.configRead(offset + 4, 4)) << 32 : address;
    }

    /** Switches message-signalled interrupts on or off. Whether the function has them. */
    public boolean enableMsi(boolean on) {
        int capability = capability(MSI);
        if (capability == 0) {
            return false;
        }
        int control = device.configRead(capability + 2, 2);
        device.configWrite(capability + 2, 2, on ? control | MSI_ENABLE : control & ~MSI_ENABLE);
        return true;
    }

    /** Offset of a capability, or 0. */
    private int capability(int id) {
        if ((device.configRead(STATUS, 2) & STATUS_CAPABILITIES) == 0) {
            return 0;
        }
        int offset = device.configRead(CAPABILITIES, 1) & 0xfc;
        for (int i = 0; offset >= 0x40 && i < MOST_CAPABILITIES; i++) {
            int header = device.configRead(offset, 2);
            if ((header & 0xff) == id) {
                return offset;
            }
            offset = header >>> 8 & 0xfc;
        }
        return 0;
    }

    /** Offset of an extended capability, or 0. */
    int extendedCapability(int id) {
        int offset = EXTENDED_CAPABILITIES;
        for (int i = 0;
                offset >= EXTENDED_CAPABILITIES && offset < device.configSizeBytes() && i < MOST_CAPABILITIES;
                i++) {
            int header = device.configRead(offset, 4);
            if (header == 0 || header == -1) {
                return 0;
            }
            if ((header & 0xffff) == id) {
                return offset;
            }
            offset = header >>> 20 & 0xffc;
        }
        return 0;
    }
}
