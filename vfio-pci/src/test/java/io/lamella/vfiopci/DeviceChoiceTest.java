// SPDX-License-Identifier: Apache-2.0
package io.lamella.vfiopci;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DeviceChoiceTest {
    @Test
    void readsAddressesAndApis() {
        assertThat(DeviceChoice.parse("0000:65:00.0")).isEqualTo(new DeviceChoice("0000:65:00.0", null));
        assertThat(DeviceChoice.parse("65:1F.7,api=iommufd"))
                .isEqualTo(new DeviceChoice("0000:65:1f.7", VfioApi.IOMMUFD))
                .hasToString("0000:65:1f.7,api=iommufd");
        assertThat(DeviceChoice.parse("00AB:65:00.0,api=group").numbers()).containsExactly(0xab, 0x65, 0, 0);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "0000:65:00",
                "65:20.0",
                "65:00.8",
                "/sys/../65:00.0",
                "0000:65:00.0/..",
                "0000:65:00.0 ",
                "0:65:00.0"
            })
    void refusesWhatIsNoAddress(String text) {
        assertThatThrownBy(() -> DeviceChoice.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("is not a PCI address");
    }

    @ParameterizedTest
    @ValueSource(strings = {"api=vfio", "API=group", "", "group"})
    void refusesWordsThatItDoesNotKnow(String word) {
        assertThatThrownBy(() -> DeviceChoice.parse("65:00.0," + word))
                .hasMessageContaining("'" + word + "' is not known")
                .hasMessageContaining(DeviceChoice.SYNTAX);
    }
}
