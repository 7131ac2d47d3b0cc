// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.pci;

import io.lamella.gpu.port.FunctionShape;
import io.lamella.hw.Architecture;
import io.lamella.hw.reg.Window;
import io.lamella.pci.BarLayout;
import io.lamella.pci.ConfigSpace;
import io.lamella.pci.ConfigSpaceBuilder;
import org.jspecify.annotations.Nullable;

/** Where a family of chips has its capabilities, and what its configuration space can do beyond the standard. */
interface ConfigLayout {
    int VENDOR_NVIDIA = 0x10de;

    /** Registers. */
    long BAR0_BYTES = 16L << 20;

    int CONFIG_BYTES = 4096;

    /** The layout of a family. */
    static ConfigLayout of(Architecture architecture) {
        return switch (architecture) {
            case ADA -> new AdaConfig();
            case BLACKWELL_GB20X -> new BlackwellConfig();
        };
    }

    /** BARs of every family: registers, the frame-buffer aperture, the instance aperture. */
    static BarLayout[] bars(FunctionShape shape) {
        return new BarLayout[] {
            new BarLayout(BAR0_BYTES, false, false),
            new BarLayout(shape.bar1Bytes(), true, true),
            BarLayout.ABSENT,
            new BarLayout(shape.bar2Bytes(), true, true),
        };
    }

    /** Configuration space; without SR-IOV where it is null. */
    default ConfigSpace build(FunctionShape shape, @Nullable SriovShape sriov) {
        ConfigSpaceBuilder builder = new ConfigSpaceBuilder(CONFIG_BYTES)
                .identity(VENDOR_NVIDIA, shape.deviceId())
                .subsystem(shape.subsystemVendorId(), shape.subsystemId())
                .classCode(shape.classCode(), shape.revisionId())
                .interruptPin(1);
        BarLayout[] bars = bars(shape);
        for (int bar = 0; bar < bars.length; bar++) {
            builder.bar(bar, bars[bar]);
        }
        addCapabilities(builder);
        if (sriov != null && sriov.totalFunctions() > 0) {
            builder.sriov(
                    sriovCapability(),
                    sriov.totalFunctions(),
                    SriovShape.FIRST_OFFSET,
                    SriovShape.STRIDE,
                    sriov.deviceId(),
                    sriov.bars().toArray(BarLayout[]::new));
        }
        return builder.build();
    }

    /** Everything but SR-IOV, which is the last capability of all. */
    void addCapabilities(ConfigSpaceBuilder builder);

    int powerManagementCapability();

    int sriovCapability();

    /** Where BAR0 shows configuration space. */
    Window mirror();

    /** Offset in the mirror of the register that asks for another message, or -1 if the family needs none. */
    int msiRearm();
}
