// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.chip;

import io.lamella.core.CoreError;
import io.lamella.core.CoreException;
import io.lamella.core.device.Device;
import io.lamella.hw.reg.Pmc;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** The chips that this core drives. */
public enum Chip {
    AD102(0x192, Architecture.ADA),
    AD103(0x193, Architecture.ADA),
    AD104(0x194, Architecture.ADA),
    AD106(0x196, Architecture.ADA),
    AD107(0x197, Architecture.ADA);

    private static final int PHYSICAL_FUNCTION = 0;

    private final int chipset;
    private final Architecture architecture;

    Chip(int chipset, Architecture architecture) {
        this.chipset = chipset;
        this.architecture = architecture;
    }

    public Architecture architecture() {
        return architecture;
    }

    /** As in the names of firmware files. */
    public String firmwareName() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * The chip behind a function.
     *
     * @throws CoreException {@code NOT_SUPPORTED} if it is another chip, or a virtual function
     */
    public static Chip identify(Device device) {
        device.probe();
        Pmc.Boot1 boot1 = device.read(Pmc.BOOT_1);
        if (boot1.functionKind() != PHYSICAL_FUNCTION) {
            throw new CoreException(
                    CoreError.NOT_SUPPORTED,
                    String.format(
                            "This is a virtual function (BOOT_1 is 0x%08x); the core drives physical functions.",
                            boot1.raw()));
        }
        Pmc.Boot0 boot0 = device.read(Pmc.BOOT_0);
        return Arrays.stream(values())
                .filter(chip -> chip.chipset == boot0.chipset())
                .findFirst()
                .orElseThrow(() -> new CoreException(
                        CoreError.NOT_SUPPORTED,
                        String.format(
                                "Chip 0x%03x (BOOT_0 is 0x%08x) is not supported; supported are %s.",
                                boot0.chipset(),
                                boot0.raw(),
                                Arrays.stream(values()).map(Enum::name).collect(Collectors.joining(", ")))));
    }
}
