// SPDX-License-Identifier: Apache-2.0
package io.lamella.vfiouser.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class VersionTest {
    @Test
    void whatQemuSends() {
        Version version = Version.parse(0, 0, """
                {"capabilities": {"max_msg_fds": 16, "max_data_xfer_size": 1048576, "max_dma_maps": 65535,
                 "pgsizes": 4096, "migration": {"pgsize": 4096, "max_bitmap_size": 268435456}, "write_multiple": true}}
                """);
        assertThat(version).isEqualTo(new Version(0, 0, 16, 1 << 20, 65535, 4096, true));
    }

    @Test
    void nothingMeansTheDefaults() {
        assertThat(Version.parse(0, 1, "")).isEqualTo(new Version(0, 1, 1, 1 << 20, 65535, 4096, false));
        assertThat(Version.parse(0, 1, "{}")).isEqualTo(Version.parse(0, 1, ""));
        assertThat(Version.parse(0, 1, "{\"capabilities\":{},\"x\":[1,-2.5e3,null,\"\\u0041\"]}"))
                .isEqualTo(Version.parse(0, 1, ""));
    }

    @Test
    void whatWeSayWeUnderstand() {
        Version version = new Version(0, 1, 8, 1 << 16, 100, 4096, true);
        assertThat(Version.parse(0, 1, version.text())).isEqualTo(version);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[]",
                "{",
                "{\"capabilities\":1}",
                "{\"capabilities\":{\"max_data_xfer_size\":0}}",
                "{\"capabilities\":{\"max_data_xfer_size\":-1}}",
                "{\"capabilities\":{\"max_data_xfer_size\":\"1\"}}",
                "{\"capabilities\":{\"max_data_xfer_size\":99999999999999999999999}}",
                "{\"capabilities\":{\"max_msg_fds\":1.5}}",
                "{\"capabilities\":{\"write_multiple\":1}}",
                "{\"capabilities\":{}} x",
                "{\"a\":1,\"a\":2}",
                "{\"a\":tru}",
                "{\"a\":\"\\u00g0\"}",
                "{\"a\":\"",
                "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["
            })
    void everythingElseIsRefusedWithASentence(String text) {
        assertThatThrownBy(() -> Version.parse(0, 0, text))
                .isInstanceOf(JsonText.Malformed.class)
                .hasMessageEndingWith(".");
    }
}
