// SPDX-License-Identifier: Apache-2.0
package io.lamella.vfiopci;

import java.util.Arrays;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Which device, and how to open it.
 *
 * @param address such as {@code 0000:65:00.0}
 * @param api how, or null for iommufd where the kernel has it and group where not
 */
public record DeviceChoice(String address, @Nullable VfioApi api) {
    /** How it is written. */
    public static final String SYNTAX = "ADDRESS[,api=group|iommufd]";

    private static final Pattern ADDRESS =
            Pattern.compile("(?:([0-9a-f]{4}):)?([0-9a-f]{2}):([01][0-9a-f])\\.([0-7])", Pattern.CASE_INSENSITIVE);

    public DeviceChoice {
        Matcher parts = ADDRESS.matcher(address);
        if (!parts.matches()) {
            throw new IllegalArgumentException(
                    "'" + address
                            + "' is not a PCI address. One looks like 0000:65:00.0 (domain:bus:device.function); lspci -D lists them.");
        }
        address = (parts.group(1) == null ? "0000:" + address : address).toLowerCase(Locale.ROOT);
    }

    /** Reads {@link #SYNTAX}. @throws IllegalArgumentException saying what is wrong */
    public static DeviceChoice parse(String text) {
        String[] parts = text.split(",", -1);
        VfioApi api = null;
        for (String part : Arrays.asList(parts).subList(1, parts.length)) {
            api = Arrays.stream(VfioApi.values())
                    .filter(one -> part.equals("api=" + one.word()))
                    .findFirst()
                    .orElseThrow(() -> new IllegalArgumentException(
                            "'" + part + "' is not known for a device. A device is " + SYNTAX + "."));
        }
        return new DeviceChoice(parts[0], api);
    }

    /** Domain, bus, device, function. */
    public int[] numbers() {
        return Arrays.stream(address.split("[:.]"))
                .mapToInt(part -> Integer.parseInt(part, 16))
                .toArray();
    }

    @Override
    public String toString() {
        return api == null ? address : address + ",api=" + api.word();
    }
}
