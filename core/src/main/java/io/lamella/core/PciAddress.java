// SPDX-License-Identifier: Apache-2.0
package io.lamella.core;

/**
 * Where a function sits.
 *
 * @param domain 0 to 65535
 * @param bus 0 to 255
 * @param device 0 to 31
 * @param function 0 to 7
 */
public record PciAddress(int domain, int bus, int device, int function) {
    public PciAddress {
        if (domain >>> 16 != 0 || bus >>> 8 != 0 || device >>> 5 != 0 || function >>> 3 != 0) {
            throw new IllegalArgumentException(
                    "No PCI function at " + domain + ":" + bus + ":" + device + "." + function + ".");
        }
    }

    /** Domain, bus, device and function in 16, 8, 5 and 3 bits: what the firmware calls DBDF. */
    public int packed() {
        return domain << 16 | routingId();
    }

    /** Bus, device and function in 8, 5 and 3 bits. */
    public int routingId() {
        return bus << 8 | device << 3 | function;
    }

    /** The function whose routing id is {@code distance} higher, as SR-IOV counts. @throws IllegalArgumentException past bus 255 */
    public PciAddress plus(int distance) {
        int id = routingId() + distance;
        return new PciAddress(domain, id >> 8, id >> 3 & 0x1f, id & 7);
    }

    @Override
    public String toString() {
        return String.format("%04x:%02x:%02x.%x", domain, bus, device, function);
    }
}
