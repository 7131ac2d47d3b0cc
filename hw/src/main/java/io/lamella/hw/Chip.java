// SPDX-License-Identifier: Apache-2.0
package io.lamella.hw;

import io.lamella.hw.reg.Pmc;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** Chips by the number that they show. Facts: nouveau nvkm/engine/device/base.c, nova-core gpu.rs. */
public enum Chip {
    AD102(0x192, Architecture.ADA),
    AD103(0x193, Architecture.ADA),
    AD104(0x194, Architecture.ADA),
    AD106(0x196, Architecture.ADA),
    AD107(0x197, Architecture.ADA),
    GB202(0x1b2, Architecture.BLACKWELL_GB20X),
    GB203(0x1b3, Architecture.BLACKWELL_GB20X),
    GB205(0x1b5, Architecture.BLACKWELL_GB20X),
    GB206(0x1b6, Architecture.BLACKWELL_GB20X),
    GB207(0x1b7, Architecture.BLACKWELL_GB20X);

    private static final int IMPLEMENTATION_BITS = 4;
    private static final int IMPLEMENTATION_MASK = 0xf;

    private final int number;
    private final Architecture architecture;

    Chip(int number, Architecture architecture) {
        this.number = number;
        this.architecture = architecture;
    }

    /** Its family and its place in it, such as 0x192. */
    public int number() {
        return number;
    }

    public Architecture architecture() {
        return architecture;
    }

    /** As in the names of firmware files: {@code ad102}. */
    public String firmwareName() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** What {@link Pmc#BOOT_0} reads on it in a revision such as 0xa1. */
    public Pmc.Boot0 boot0(int revision) {
        return new Pmc.Boot0(0).withChipset(number).withRevision(revision);
    }

    /** What {@link Pmc#BOOT_42} reads on it in a revision such as 0xa1. */
    public Pmc.Boot42 boot42(int revision) {
        return new Pmc.Boot42(0)
                .withArchitecture(number >> IMPLEMENTATION_BITS)
                .withImplementation(number & IMPLEMENTATION_MASK)
                .withMajorRevision(revision >> 4)
                .withMinorRevision(revision & 0xf);
    }

    /** The chip of that number, if it is one of these. */
    public static Optional<Chip> of(int number) {
        return Arrays.stream(values()).filter(chip -> chip.number == number).findFirst();
    }
}
