// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.trace;

import io.lamella.hw.reg.Xve;
import java.util.Map;
import java.util.TreeMap;

/** What the parts of configuration space are called: the header by the PCI specification, capabilities by where an L40 has them. */
final class ConfigNames {
    private static final TreeMap<Integer, String> HEADER = new TreeMap<>(Map.ofEntries(
            Map.entry(0x00, "VENDOR_ID"),
            Map.entry(0x02, "DEVICE_ID"),
            Map.entry(0x04, "COMMAND"),
            Map.entry(0x06, "STATUS"),
            Map.entry(0x08, "REVISION_ID"),
            Map.entry(0x09, "CLASS_CODE"),
            Map.entry(0x0c, "CACHE_LINE_SIZE"),
            Map.entry(0x0d, "LATENCY_TIMER"),
            Map.entry(0x0e, "HEADER_TYPE"),
            Map.entry(0x0f, "BIST"),
            Map.entry(0x10, "BAR0"),
            Map.entry(0x14, "BAR1"),
            Map.entry(0x18, "BAR1_HI"),
            Map.entry(0x1c, "BAR3"),
            Map.entry(0x20, "BAR3_HI"),
            Map.entry(0x24, "BAR5"),
            Map.entry(0x28, "CARDBUS_CIS"),
            Map.entry(0x2c, "SUBSYSTEM_VENDOR_ID"),
            Map.entry(0x2e, "SUBSYSTEM_ID"),
            Map.entry(0x30, "ROM"),
            Map.entry(0x34, "CAPABILITIES"),
            Map.entry(0x3c, "INTERRUPT_LINE"),
            Map.entry(0x3d, "INTERRUPT_PIN"),
            Map.entry(0x3e, "MIN_GRANT"),
            Map.entry(0x40, "VENDOR"),
            Map.entry(Xve.PM_CAPABILITY, "PM"),
            Map.entry(Xve.MSI_CAPABILITY, "MSI"),
            Map.entry(Xve.PCI_EXPRESS_CAPABILITY, "EXPRESS"),
            Map.entry(Xve.MSIX_CAPABILITY, "MSIX"),
            Map.entry(Xve.VIRTUAL_CHANNEL_CAPABILITY, "VIRTUAL_CHANNEL"),
            Map.entry(Xve.SRIOV_CAPABILITY, "SRIOV")));

    private ConfigNames() {}

    static String of(int offset) {
        Map.Entry<Integer, String> entry = HEADER.floorEntry(offset);
        if (entry == null) {
            return "CONFIG+0x" + Integer.toHexString(offset);
        }
        int into = offset - entry.getKey();
        return "CONFIG." + entry.getValue() + (into == 0 ? "" : "+0x" + Integer.toHexString(into));
    }
}
