// SPDX-License-Identifier: Apache-2.0
package io.lamella.hw;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ChipTest {
    @Test
    void showsItselfInBothForms() {
        assertThat(Chip.AD102.boot0(0xa1).raw()).isEqualTo(0x192000a1);
        assertThat(Chip.AD102.boot42(0xa1).raw()).isEqualTo(0x192a1000);
        assertThat(Chip.GB202.boot0(0xa1).raw()).isEqualTo(0x1b2000a1);
        assertThat(Chip.GB202.boot42(0xa1).raw()).isEqualTo(0x1b2a1000);
        assertThat(Chip.of(0x1b7)).contains(Chip.GB207);
        assertThat(Chip.of(0x172)).isEmpty();
        assertThat(Chip.GB202.firmwareName()).isEqualTo("gb202");
    }

    @Test
    void doorbellTokens() {
        assertThat(Architecture.ADA.doorbellToken(3, 5)).isEqualTo(0x0003_0005);
        assertThat(Architecture.BLACKWELL_GB20X.doorbellToken(3, 5)).isEqualTo(0x4003_0005);
    }
}
