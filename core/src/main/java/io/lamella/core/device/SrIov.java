// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.device;

import io.lamella.core.CoreError;
import io.lamella.core.CoreException;

/** The SR-IOV capability: how many virtual functions there can be, and switching them on and off. A function may lack it. */
public final class SrIov {
    private static final int CAPABILITY_ID = 0x10;
    private static final int CONTROL = 0x08;
    private static final int INITIAL_AND_TOTAL = 0x0c;
    private static final int NUM_VFS = 0x10;
    private static final int OFFSET_AND_STRIDE = 0x14;
    private static final int FIRST_BAR = 0x24;
    private static final int VF_ENABLE = 0x1;
    private static final int VF_MEMORY_ENABLE = 0x8;
    private static final long SETTLE_NANOS = 1_000_000;

    private final Device device;
    private final PciConfig config;
    private final int capability;
    private final int total;

    public SrIov(Device device) {
        this.device = device;
        this.config = new PciConfig(device);
        this.capability = config.extendedCapability(CAPABILITY_ID);
        this.total = capability == 0 ? 0 : device.configRead(capability + INITIAL_AND_TOTAL, 4) >>> 16;
    }

    /** TotalVFs; 0 without the capability. */
    public int total() {
        return total;
    }

    /** How far from the physical function the first virtual one is. */
    public int firstOffset() {
        return capability == 0 ? 0 : device.configRead(capability + OFFSET_AND_STRIDE, 2) & 0xffff;
    }

    /** How far from one another they are. */
    public int stride() {
        return capability == 0 ? 0 : device.configRead(capability + OFFSET_AND_STRIDE + 2, 2) & 0xffff;
    }

    /** Where a BAR of the first virtual function is on the bus. */
    public long bar(int index) {
        return capability == 0 ? 0 : config.barAt(capability + FIRST_BAR + index * 4);
    }

    /** Whether that BAR takes 64 bits. */
    public boolean isWide(int index) {
        return capability != 0 && config.isWideAt(capability + FIRST_BAR + index * 4);
    }

    /** How many are enabled. */
    public int enabled() {
        if (capability == 0 || (device.configRead(capability + CONTROL, 2) & VF_ENABLE) == 0) {
            return 0;
        }
        return device.configRead(capability + NUM_VFS, 2) & 0xffff;
    }

    /** Enables that many, or none. */
    public void enable(int count) {
        if (count < 0 || count > total) {
            throw new CoreException(
                    CoreError.INVALID, count + " virtual functions cannot be enabled; the GPU has " + total + ".");
        }
        int enabled = enabled();
        if (count == enabled) {
            return;
        }
        if (count != 0 && enabled != 0) {
            throw new CoreException(
                    CoreError.BUSY,
                    enabled + " virtual functions are enabled; disable them before enabling " + count + ".");
        }
        if (count == 0) {
            device.configWrite(capability + CONTROL, 2, control() & ~(VF_ENABLE | VF_MEMORY_ENABLE));
            device.configWrite(capability + NUM_VFS, 2, 0);
        } else {
            device.configWrite(capability + NUM_VFS, 2, count);
            device.configWrite(capability + CONTROL, 2, control() | VF_ENABLE | VF_MEMORY_ENABLE);
        }
        device.clock().sleepNanos(SETTLE_NANOS);
        if (enabled() != count) {
            throw new CoreException(
                    CoreError.DEVICE_FAULT,
                    "The GPU has " + enabled() + " virtual functions enabled after " + count + " were asked for.");
        }
    }

    private int control() {
        return device.configRead(capability + CONTROL, 2);
    }
}
