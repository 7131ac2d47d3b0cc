// SPDX-License-Identifier: Apache-2.0
package io.lamella.hw.struct;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class StructParserTest {
    @Test
    void laysOutAsCDoes() {
        Struct struct = StructCatalog.parse("""
                        INNER { u16 a; u8 b; }
                        OUTER { u8 c; INNER d[3]; u64 e; u8 f[5]; union { u32 g; struct { u8 h; u64 i; } k; }; u32 tail[]; }
                        """).get("OUTER");
        assertThat(struct.offsetOf("d")).isEqualTo(2);
        assertThat(struct.offsetOf("d[2].b")).isEqualTo(2 + 8 + 2);
        assertThat(struct.offsetOf("e")).isEqualTo(16);
        assertThat(struct.offsetOf("f")).isEqualTo(24);
        assertThat(struct.offsetOf("g")).isEqualTo(32);
        assertThat(struct.offsetOf("k.i")).isEqualTo(40);
        assertThat(struct.offsetOf("tail")).isEqualTo(48);
        assertThat(struct.array("tail").at(0, 1000)).isEqualTo(4048);
        assertThat(struct.sizeBytes()).isEqualTo(48);
        assertThat(struct.alignmentBytes()).isEqualTo(8);
    }

    @Test
    void packsWhereItIsToldTo() {
        Struct struct = StructCatalog.parse("A { packed; u16 a; u64 b; u8 c; } B { u8 d; A e; }")
                .get("B");
        assertThat(struct.offsetOf("e.b")).isEqualTo(3);
        assertThat(struct.sizeBytes()).isEqualTo(12);
    }

    @Test
    void refusesWhatItCannotRead() {
        assertThatThrownBy(() -> StructCatalog.parse("A { B c; }")).hasMessageContaining("Unknown type B");
        assertThatThrownBy(() -> StructCatalog.parse("A { u8 c }")).hasMessageContaining("Expected ;");
        assertThatThrownBy(() -> StructCatalog.parse("A { u8 c;")).hasMessageContaining("ends in the middle");
        assertThatThrownBy(() -> StructCatalog.parse("A { u8 c; } A { u8 d; }")).hasMessageContaining("twice");
    }
}
