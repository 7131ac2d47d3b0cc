// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.pci;

import static org.assertj.core.api.Assertions.assertThat;

import io.lamella.gpu.port.FunctionShape;
import io.lamella.hw.Chip;
import io.lamella.pci.ConfigSpace;
import java.util.StringJoiner;
import org.junit.jupiter.api.Test;

/** Configuration space of the PF as numbers, so that nothing in it changes unnoticed. */
class ConfigGoldenTest {
    private static final FunctionShape SHAPE =
            new FunctionShape(Chip.AD102, 0x26b5, 0x10de, 0x169d, 0xa1, 0x030200, 48L << 30, 64L << 30, 32 << 20, true);

    private final ConfigSpace config =
            ConfigLayout.of(SHAPE.chip().architecture()).build(SHAPE, new SriovShape(32, 0x26b5, 16L << 30, 32 << 20));

    @Test
    void hasTheRegistersOfAnL40() {
        StringJoiner lines = new StringJoiner("\n");
        for (int at = 0; at < config.sizeBytes(); at += 4) {
            int value = config.getInt(at);
            if (value != 0) {
                lines.add("%03x %08x".formatted(at, value));
            }
        }
        assertThat(lines.toString()).isEqualTo("""
                        000 26b510de
                        004 00100000
                        008 030200a1
                        014 0000000c
                        01c 0000000c
                        02c 169d10de
                        034 00000060
                        03c 00000100
                        050 00000001
                        060 00036801
                        064 00000008
                        068 00807805
                        078 0002c810
                        07c 10008001
                        080 00002810
                        084 00400104
                        088 11040000
                        09c 00000010
                        0a4 0000001e
                        0a8 00000004
                        0c8 00050011
                        0cc 00b90000
                        0d0 00ba0000
                        100 bcc10002
                        114 800000ff
                        bcc 00010010
                        bd8 00200020
                        be0 00010004
                        be4 26b50000
                        be8 00000553
                        bec 00000001
                        bf4 0000000c
                        bfc 0000000c""");
    }

    @Test
    void sizesItsBars() {
        for (int at = 0x10; at < 0x28; at += 4) {
            config.write(at, 4, 0xffffffffL);
        }
        assertThat(config.read(0x10, 4)).isEqualTo(0xff000000L);
        assertThat(config.read(0x14, 8)).isEqualTo(0xfffffff0_0000000cL);
        assertThat(config.read(0x1c, 8)).isEqualTo(0xffffffff_fe00000cL);
        assertThat(config.read(0x24, 4)).isZero();
        for (int at = 0xbf0; at < 0xc08; at += 4) {
            config.write(at, 4, 0xffffffffL);
        }
        assertThat(config.read(0xbf0, 4)).isEqualTo(0xff000000L);
        assertThat(config.read(0xbf4, 8)).isEqualTo(0xfffffffc_0000000cL);
        assertThat(config.read(0xbfc, 8)).isEqualTo(0xffffffff_fe00000cL);
    }

    @Test
    void keepsItsIdentity() {
        config.write(0, 4, 0);
        config.write(8, 4, 0);
        config.write(0x2c, 4, 0);
        assertThat(config.read(0, 4)).isEqualTo(0x26b510deL);
        assertThat(config.read(8, 4)).isEqualTo(0x030200a1L);
        assertThat(config.read(0x2c, 4)).isEqualTo(0x169d10deL);
    }
}
