// SPDX-License-Identifier: Apache-2.0
package io.lamella.pci;

import static io.lamella.pci.ConfigSpace.BAR0;
import static io.lamella.pci.ConfigSpace.CAPABILITIES_POINTER;
import static io.lamella.pci.ConfigSpace.CLASS_CODE;
import static io.lamella.pci.ConfigSpace.COMMAND;
import static io.lamella.pci.ConfigSpace.DEVICE_ID;
import static io.lamella.pci.ConfigSpace.EXTENDED_CAPABILITIES;
import static io.lamella.pci.ConfigSpace.HEADER_TYPE;
import static io.lamella.pci.ConfigSpace.INTERRUPT_LINE;
import static io.lamella.pci.ConfigSpace.INTERRUPT_PIN;
import static io.lamella.pci.ConfigSpace.REVISION_ID;
import static io.lamella.pci.ConfigSpace.ROM_BAR;
import static io.lamella.pci.ConfigSpace.STATUS;
import static io.lamella.pci.ConfigSpace.SUBSYSTEM_ID;
import static io.lamella.pci.ConfigSpace.SUBSYSTEM_VENDOR_ID;
import static io.lamella.pci.ConfigSpace.VENDOR_ID;

/**
 * Describes the configuration space of a function with a type 0 header. Capabilities go where they are told, as real devices have fixed
 * places for them, and are chained in the order of the calls. {@link #value}, {@link #writable} and {@link #clearedByOne} reach
 * everything that has no method of its own. Register layouts are those of the PCI Express Base Specification.
 */
public final class ConfigSpaceBuilder {
    private final byte[] values;
    private final byte[] writable;
    private final byte[] clearedByOne;
    private int lastCapability;
    private int lastExtended;

    /** @param sizeBytes 256 or 4096 */
    public ConfigSpaceBuilder(int sizeBytes) {
        if (sizeBytes != 256 && sizeBytes != 4096) {
            throw new IllegalArgumentException(
                    "A configuration space of " + sizeBytes + " bytes: it must have 256 or 4096.");
        }
        values = new byte[sizeBytes];
        writable = new byte[sizeBytes];
        clearedByOne = new byte[sizeBytes];
        // Memory, bus master, parity and SERR response, INTx disable. A function without I/O BARs has no I/O bit.
        writable(COMMAND, 2, 0x0546);
        clearedByOne(STATUS, 2, 0xf900);
        writable(INTERRUPT_LINE, 1, 0xff);
    }

    public ConfigSpaceBuilder identity(int vendorId, int deviceId) {
        return value(VENDOR_ID, 2, vendorId).value(DEVICE_ID, 2, deviceId);
    }

    public ConfigSpaceBuilder subsystem(int vendorId, int deviceId) {
        return value(SUBSYSTEM_VENDOR_ID, 2, vendorId).value(SUBSYSTEM_ID, 2, deviceId);
    }

    /** @param classCode base class, sub-class and interface, such as 0x030000 for a VGA display */
    public ConfigSpaceBuilder classCode(int classCode, int revision) {
        return value(CLASS_CODE, 3, classCode).value(REVISION_ID, 1, revision);
    }

    /** Bit 7 of the header type. */
    public ConfigSpaceBuilder multiFunction() {
        return value(HEADER_TYPE, 1, 0x80);
    }

    /** @param pin 1 for INTA to 4 for INTD, 0 for none */
    public ConfigSpaceBuilder interruptPin(int pin) {
        return value(INTERRUPT_PIN, 1, pin);
    }

    /** Makes the BAR register, or pair of registers, of a memory BAR. Nothing for an absent one. */
    public ConfigSpaceBuilder bar(int bar, BarLayout layout) {
        if (bar < 0 || bar > 5) {
            throw new IllegalArgumentException("BAR " + bar + ": there are 0 to 5.");
        }
        barRegister(BAR0 + 4 * bar, bar, layout);
        return this;
    }

    private void barRegister(int at, int bar, BarLayout layout) {
        if (!layout.isPresent()) {
            return;
        }
        if (layout.wide() && bar == 5) {
            throw new IllegalArgumentException("BAR 5 cannot be 64 bits wide: there is no register after it.");
        }
        if (layout.sizeBytes() < 16 || (!layout.wide() && layout.sizeBytes() > 1L << 31)) {
            throw new IllegalArgumentException("BAR " + bar + " of " + layout.sizeBytes()
                    + " bytes: a memory BAR has 16 bytes or more, and 2 GiB at the most unless it is 64 bits wide.");
        }
        long mask = -layout.sizeBytes() & ~0xfL;
        value(at, 4, (layout.wide() ? 4 : 0) | (layout.prefetchable() ? 8 : 0));
        writable(at, 4, mask);
        if (layout.wide()) {
            writable(at + 4, 4, mask >>> 32);
        }
    }

    /** @param sizeBytes a power of two, 2 KiB to 16 MiB */
    public ConfigSpaceBuilder rom(int sizeBytes) {
        if (Integer.bitCount(sizeBytes) != 1 || sizeBytes < 2048 || sizeBytes > 1 << 24) {
            throw new IllegalArgumentException(
                    "An expansion ROM of " + sizeBytes + " bytes: it must be a power of two from 2 KiB to 16 MiB.");
        }
        return writable(ROM_BAR, 4, (-sizeBytes & ~0x7ff) | 1);
    }

    /** Power management, version 3: D0 and D3hot, keeping its state on the way back. 8 bytes. */
    public ConfigSpaceBuilder powerManagement(int at) {
        return capability(at, CapabilityId.POWER_MANAGEMENT, 8)
                .value(at + 2, 2, 3)
                .value(at + 4, 2, 1 << 3)
                .writable(at + 4, 2, 3);
    }

    /**
     * MSI with 64-bit addresses, with a mask bit per vector or without: 24 or 14 bytes.
     *
     * @param vectors a power of two up to 32
     */
    public ConfigSpaceBuilder msi(int at, int vectors, boolean maskable) {
        if (Integer.bitCount(vectors) != 1 || vectors > 32) {
            throw new IllegalArgumentException(vectors + " MSI vectors: it must be 1, 2, 4, 8, 16 or 32.");
        }
        capability(at, CapabilityId.MSI, maskable ? 24 : 14);
        value(at + 2, 2, Integer.numberOfTrailingZeros(vectors) << 1 | 1 << 7 | (maskable ? 1 << 8 : 0));
        writable(at + 2, 2, 0x71)
                .writable(at + 4, 4, ~3)
                .writable(at + 8, 4, ~0)
                .writable(at + 12, 2, 0xffff);
        return maskable ? writable(at + 16, 4, vectors == 32 ? ~0 : (1 << vectors) - 1) : this;
    }

    /**
     * MSI-X with its table and pending bits in BARs. 12 bytes.
     *
     * @param vectors 1 to 2048
     */
    public ConfigSpaceBuilder msix(int at, int vectors, int tableBar, int tableOffset, int pbaBar, int pbaOffset) {
        if (vectors < 1 || vectors > 2048 || (tableOffset & 7) != 0 || (pbaOffset & 7) != 0) {
            throw new IllegalArgumentException(vectors + " MSI-X vectors, table at " + tableOffset + ", PBA at "
                    + pbaOffset + ": it must be 1 to 2048, and both offsets multiples of 8.");
        }
        return capability(at, CapabilityId.MSI_X, 12)
                .value(at + 2, 2, vectors - 1)
                .writable(at + 2, 2, 0xc000)
                .value(at + 4, 4, tableOffset | tableBar)
                .value(at + 8, 4, pbaOffset | pbaBar);
    }

    /**
     * PCI Express, version 2, an endpoint with function-level reset. 60 bytes.
     *
     * @param linkSpeed generation, 1 to 6
     * @param linkWidth lanes
     */
    public ConfigSpaceBuilder express(int at, int linkSpeed, int linkWidth) {
        int link = linkSpeed | linkWidth << 4;
        return capability(at, CapabilityId.EXPRESS, 60)
                .value(at + 2, 2, 2)
                // Payload of 256 bytes, role-based error reporting, function-level reset.
                .value(at + 4, 4, 1 | 1 << 15 | 1 << 28)
                .value(at + 8, 2, 0x2810)
                .writable(at + 8, 2, 0xffff)
                .clearedByOne(at + 10, 2, 0xf)
                .value(at + 12, 4, link | 1 << 22)
                .writable(at + 16, 2, 0x01cb)
                .value(at + 18, 2, link | 1 << 12)
                .value(at + 36, 4, 1 << 4)
                .writable(at + 40, 2, 0x1f)
                .value(at + 44, 4, ((1 << linkSpeed) - 1) << 1)
                .value(at + 48, 2, linkSpeed)
                .writable(at + 48, 2, 0xf);
    }

    /** The header of any capability: its id and its place in the chain. */
    public ConfigSpaceBuilder capability(int at, int id, int lengthBytes) {
        if (at < 0x40 || (at & 3) != 0 || at + lengthBytes > 0x100) {
            throw new IllegalArgumentException("Capability " + id + " of " + lengthBytes + " bytes at " + at
                    + ": it must be aligned to 4 and lie between 0x40 and 0xff.");
        }
        value(at, 1, id);
        value(lastCapability == 0 ? CAPABILITIES_POINTER : lastCapability + 1, 1, at);
        value(STATUS, 2, get(STATUS, 2) | 1 << 4);
        lastCapability = at;
        return this;
    }

    /** The header of any extended capability; the first one must be at 0x100. */
    public ConfigSpaceBuilder extendedCapability(int at, int id, int version, int lengthBytes) {
        if (at < EXTENDED_CAPABILITIES || (at & 3) != 0 || at + lengthBytes > values.length) {
            throw new IllegalArgumentException("Extended capability " + id + " of " + lengthBytes + " bytes at " + at
                    + ": it must be aligned to 4 and lie between 0x100 and " + (values.length - 1) + ".");
        }
        if (lastExtended == 0 && at != EXTENDED_CAPABILITIES) {
            throw new IllegalArgumentException("The first extended capability must be at 0x100, not at " + at + ".");
        }
        if (lastExtended != 0) {
            value(lastExtended, 4, (get(lastExtended, 4) & 0xfffff) | ((long) at << 20));
        }
        value(at, 4, id | version << 16);
        lastExtended = at;
        return this;
    }

    /**
     * Single-root I/O virtualisation. 64 bytes.
     *
     * @param totalFunctions how many virtual functions there can be
     * @param firstOffset routing id of the first one, from that of the physical function
     * @param stride from each to the next
     * @param deviceId of a virtual function
     * @param bars of one virtual function, by index; absent ones may be left off at the end
     */
    public ConfigSpaceBuilder sriov(
            int at, int totalFunctions, int firstOffset, int stride, int deviceId, BarLayout... bars) {
        extendedCapability(at, CapabilityId.EXTENDED_SRIOV, 1, 64);
        writable(at + 8, 2, 0x19);
        value(at + 12, 2, totalFunctions).value(at + 14, 2, totalFunctions);
        writable(at + 16, 2, 0xffff);
        value(at + 20, 2, firstOffset).value(at + 22, 2, stride).value(at + 26, 2, deviceId);
        // Pages of 4 KiB to 4 MiB, 4 KiB chosen.
        value(at + 28, 4, 0x553).value(at + 32, 4, 1).writable(at + 32, 4, 0x553);
        for (int i = 0; i < bars.length; i++) {
            barRegister(at + 36 + 4 * i, i, bars[i]);
        }
        return this;
    }

    /** Sets the power-on value of 1 to 4 bytes. */
    public ConfigSpaceBuilder value(int at, int sizeBytes, long value) {
        put(values, at, sizeBytes, value);
        return this;
    }

    /** Which bits of 1 to 4 bytes a driver may write. */
    public ConfigSpaceBuilder writable(int at, int sizeBytes, long mask) {
        put(writable, at, sizeBytes, mask);
        return this;
    }

    /** Which bits of 1 to 4 bytes a driver clears by writing ones. */
    public ConfigSpaceBuilder clearedByOne(int at, int sizeBytes, long mask) {
        put(clearedByOne, at, sizeBytes, mask);
        return this;
    }

    /** A configuration space at power-on. May be called again for another one. */
    public ConfigSpace build() {
        return new ConfigSpace(values.clone(), writable.clone(), clearedByOne.clone());
    }

    private static void put(byte[] bytes, int at, int sizeBytes, long value) {
        for (int i = 0; i < sizeBytes; i++) {
            bytes[at + i] = (byte) (value >>> (8 * i));
        }
    }

    private long get(int at, int sizeBytes) {
        long value = 0;
        for (int i = sizeBytes - 1; i >= 0; i--) {
            value = (value << 8) | (values[at + i] & 0xff);
        }
        return value;
    }
}
