// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.device;

import io.lamella.core.CoreError;
import io.lamella.core.CoreException;
import io.lamella.hw.Chip;
import io.lamella.hw.reg.Pmc;
import java.util.Arrays;
import java.util.stream.Collectors;

/** Finds out which chip a function is. */
public final class Chips {
    private static final int PHYSICAL_FUNCTION = 0;

    private Chips() {}

    /**
     * The chip behind a function.
     *
     * @throws CoreException {@code NOT_SUPPORTED} if it is none that is known, or a virtual function
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
        return Chip.of(boot0.chipset())
                .orElseThrow(() -> new CoreException(
                        CoreError.NOT_SUPPORTED,
                        String.format(
                                "Chip 0x%03x (BOOT_0 is 0x%08x) is not supported; supported are %s.",
                                boot0.chipset(),
                                boot0.raw(),
                                Arrays.stream(Chip.values()).map(Enum::name).collect(Collectors.joining(", ")))));
    }
}
