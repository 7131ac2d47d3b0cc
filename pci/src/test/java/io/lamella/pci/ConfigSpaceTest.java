// SPDX-License-Identifier: Apache-2.0
package io.lamella.pci;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ConfigSpaceTest {
    private static final BarLayout BAR0 = new BarLayout(16 << 20, false, false);
    private static final BarLayout BAR1 = new BarLayout(64L << 30, true, true);

    private static ConfigSpace gpu() {
        return new ConfigSpaceBuilder(4096)
                .identity(0x10de, 0x26b5)
                .subsystem(0x10de, 0x169d)
                .classCode(0x030200, 0xa1)
                .interruptPin(1)
                .bar(0, BAR0)
                .bar(1, BAR1)
                .rom(1 << 19)
                .powerManagement(0x60)
                .msi(0x68, 4, true)
                .express(0x80, 4, 16)
                .msix(0xc8, 9, 0, 0xb90000, 0, 0xba0000)
                .extendedCapability(0x100, CapabilityId.EXTENDED_AER, 2, 0x48)
                .sriov(0x200, 32, 4, 1, 0x26b6, new BarLayout(1 << 18, false, false), BAR1)
                .build();
    }

    @Test
    void headerReadsAsDescribed() {
        ConfigSpace space = gpu();
        assertThat(space.read(0, 4)).isEqualTo(0x26b510deL);
        assertThat(space.read(8, 4)).isEqualTo(0x030200a1L);
        assertThat(space.read(0x2c, 4)).isEqualTo(0x169d10deL);
        assertThat(space.read(6, 2)).isEqualTo(0x10);
        space.write(0, 4, 0);
        assertThat(space.read(0, 8)).isEqualTo(space.read(0, 4) | space.read(4, 4) << 32);
        assertThat(space.read(0, 4)).isEqualTo(0x26b510deL);
    }

    @Test
    void barsAreSizedByWritingOnes() {
        ConfigSpace space = gpu();
        space.write(0x10, 4, 0xffffffffL);
        assertThat(space.read(0x10, 4)).isEqualTo(0xff000000L);
        space.write(0x14, 8, -1);
        assertThat(space.read(0x14, 8)).isEqualTo(-(64L << 30) | 0xc);
        space.write(0x14, 4, 0x1234_5678);
        space.write(0x18, 4, 0x7f);
        assertThat(space.barAddress(1)).isEqualTo(0x70_0000_0000L);
        space.write(0x30, 4, 0xffffffffL);
        assertThat(space.read(0x30, 4)).isEqualTo(0xfff80001L);
        space.write(0x24, 4, 0xffffffffL);
        assertThat(space.read(0x24, 4)).as("an absent BAR").isZero();
    }

    @Test
    void capabilitiesAreChained() {
        ConfigSpace space = gpu();
        assertThat(space.findCapability(CapabilityId.POWER_MANAGEMENT)).isEqualTo(0x60);
        assertThat(space.findCapability(CapabilityId.MSI_X)).isEqualTo(0xc8);
        assertThat(space.findCapability(CapabilityId.VENDOR)).isZero();
        assertThat(space.findExtendedCapability(CapabilityId.EXTENDED_AER)).isEqualTo(0x100);
        assertThat(space.findExtendedCapability(CapabilityId.EXTENDED_SRIOV)).isEqualTo(0x200);
        assertThat(space.findExtendedCapability(CapabilityId.EXTENDED_ARI)).isZero();
        assertThat(space.read(0x100, 4)).isEqualTo(0x20020001L);
    }

    @Test
    void interruptsAreSwitchedByTheDriver() {
        ConfigSpace space = gpu();
        assertThat(space.msiVectors()).isZero();
        space.write(0x6a, 2, 0xffff);
        assertThat(space.read(0x6a, 2)).isEqualTo(0x01f5);
        space.write(0x6a, 2, 0x21);
        assertThat(space.msiVectors()).isEqualTo(4);
        space.write(0x78, 4, 0xffffffffL);
        assertThat(space.read(0x78, 4)).isEqualTo(0xf);
        space.write(0xca, 2, 0xffff);
        assertThat(space.isMsixEnabled() && space.isMsixMasked()).isTrue();
        assertThat(space.read(0xca, 2)).isEqualTo(0xc008);
    }

    @Test
    void commandRegisterAndReset() {
        ConfigSpace space = gpu();
        List<Integer> writes = new ArrayList<>();
        space.onWrite((offset, size) -> {
            writes.add(offset);
            writes.add(size);
        });
        space.write(4, 2, 0xffff);
        assertThat(space.isBusMaster() && space.isMemoryEnabled() && space.isPinDisabled())
                .isTrue();
        assertThat(writes).containsExactly(4, 2);
        space.reset();
        assertThat(space.isBusMaster()).isFalse();
    }

    @Test
    void functionLevelResetIsTakenOnce() {
        ConfigSpace space = gpu();
        space.write(0x88, 2, 0x8000);
        assertThat(space.takeFunctionLevelReset()).isTrue();
        assertThat(space.takeFunctionLevelReset()).isFalse();
        assertThat(space.read(0x88, 2)).isZero();
    }

    @Test
    void onesClearStatusBits() {
        ConfigSpace space = gpu();
        space.setShort(0x8a, 0x3f);
        space.write(0x8a, 2, 0x5);
        assertThat(space.read(0x8a, 2)).isEqualTo(0x3a);
    }

    @Test
    void numberOfVirtualFunctionsIsFixedWhileTheyAreEnabled() {
        ConfigSpace space = gpu();
        assertThat(space.read(0x20e, 2)).isEqualTo(32);
        space.write(0x210, 2, 8);
        space.write(0x208, 2, 9);
        space.write(0x210, 2, 16);
        assertThat(space.virtualFunctions()).isEqualTo(8);
        assertThat(space.isSriovEnabled()).isTrue();
        space.write(0x208, 2, 0);
        space.write(0x210, 2, 16);
        assertThat(space.virtualFunctions()).isEqualTo(16);
        space.write(0x224, 4, 0xffffffffL);
        assertThat(space.read(0x224, 4)).isEqualTo(0xfffc0000L);
    }

    @Test
    void outsideReadsAsOnesAndIsDropped() {
        ConfigSpace space = gpu();
        assertThat(space.read(4094, 4)).isEqualTo(0xffff0000L);
        assertThat(space.read(4096, 8)).isEqualTo(-1L);
        space.write(4094, 4, 0x1234_5678);
        space.write(-1, 4, 0);
        assertThat(space.read(-1, 2)).isEqualTo(0xdeff);
    }

    @Test
    void impossibleDescriptionsAreRefused() {
        assertThatThrownBy(() -> new ConfigSpaceBuilder(512)).hasMessageContaining("256 or 4096");
        assertThatThrownBy(() -> new ConfigSpaceBuilder(256).bar(5, BAR1)).hasMessageContaining("64 bits");
        assertThatThrownBy(() -> new ConfigSpaceBuilder(256).capability(0xf8, 1, 12))
                .hasMessageContaining("0x40");
        assertThatThrownBy(() -> new ConfigSpaceBuilder(4096).extendedCapability(0x140, 1, 1, 8))
                .hasMessageContaining("first");
    }
}
