// SPDX-License-Identifier: Apache-2.0
package io.lamella.vfio;

import static org.assertj.core.api.Assertions.assertThat;

import io.lamella.vgpu.type.TypeCatalogue;
import io.lamella.vgpu.type.VgpuType.PciIdentity;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class VgpuFunctionTest {
    private static final PciIdentity IDENTITY =
            TypeCatalogue.shipped().find("L40-8Q").orElseThrow().identity();

    private final PlainFunction below = new PlainFunction();
    private final List<String> seen = new ArrayList<>();
    private final VgpuFunction function = new VgpuFunction(below, IDENTITY, new VgpuFunction.Watcher() {
        @Override
        public void busMasterChanged(boolean enabled) {
            seen.add("bus master " + enabled);
        }

        @Override
        public void functionReset() {
            seen.add("reset");
        }
    });

    @Test
    void theIdentityIsThatOfTheType() {
        assertThat(function.readConfig(0x00, 4)).isEqualTo(0x26b510deL);
        assertThat(function.readConfig(0x02, 2)).isEqualTo(0x26b5);
        assertThat(function.readConfig(0x2c, 4)).isEqualTo(0x177410deL);
        assertThat(function.readConfig(0x2e, 2)).isEqualTo(0x1774);
        assertThat(function.readConfig(0x09, 1)).isEqualTo(0x00);
        assertThat(function.readConfig(0x0a, 2)).isEqualTo(0x0302);
    }

    /** A board that was pulled out reads as ones, and drivers look at the ids for that. */
    @Test
    void aFunctionThatIsGoneHasNoIdentity() {
        java.util.Arrays.fill(below.config, (byte) -1);
        assertThat(function.readConfig(0x00, 2)).isEqualTo(0xffff);
        assertThat(function.readConfig(0x00, 4)).isEqualTo(0xffff_ffffL);
        assertThat(function.readConfig(0x2c, 4)).isEqualTo(0xffff_ffffL);
    }

    /** Every access of every size at every offset is what single bytes say. */
    @Test
    void everyAccessAgreesWithSingleBytes() {
        for (int i = 0; i < below.config.length; i++) {
            below.config[i] = (byte) (i * 7 + 1);
        }
        for (int size : new int[] {1, 2, 4, 8}) {
            for (int offset = 0; offset + size <= 256; offset++) {
                long expected = 0;
                for (int i = 0; i < size; i++) {
                    expected |= function.readConfig(offset + i, 1) << (8 * i);
                }
                assertThat(function.readConfig(offset, size))
                        .as("%d bytes at 0x%x", size, offset)
                        .isEqualTo(expected);
            }
        }
        assertThat(function.readConfig(0x08, 1)).as("the revision stays").isEqualTo(8 * 7 + 1);
        assertThat(function.readConfig(0x30, 1)).as("what follows stays").isEqualTo((0x30 * 7 + 1) & 0xff);
    }

    @Test
    void everyChangeOfTheBusMasterBitIsSeenOnce() {
        function.writeConfig(0x04, 2, 6);
        function.writeConfig(0x04, 2, 6);
        function.writeConfig(0x04, 1, 2);
        function.writeConfig(0x00, 8, 4L << 32);
        function.writeConfig(0x10, 4, -1L);
        assertThat(seen).containsExactly("bus master true", "bus master false", "bus master true");
    }

    @Test
    void aResetClearsTheBitAndIsTold() {
        function.writeConfig(0x04, 2, 6);
        function.reset();
        assertThat(below.resets).isEqualTo(1);
        function.writeConfig(0x04, 2, 6);
        assertThat(seen).containsExactly("bus master true", "reset", "bus master true");
    }

    @Test
    void anUnusableFunctionReadsAsOnesAndTakesNothing() {
        below.bar[0] = 42;
        function.setUnusable(true);
        assertThat(function.readConfig(0, 4)).isEqualTo(0xffffffffL);
        assertThat(function.readConfig(0, 8)).isEqualTo(-1L);
        assertThat(function.readBar(0, 0, 2)).isEqualTo(0xffff);
        MemorySegment bulk = MemorySegment.ofArray(new byte[16]);
        function.readBar(0, 0, bulk);
        assertThat(bulk.toArray(ValueLayout.JAVA_BYTE)).containsOnly(-1);
        function.writeBar(0, 0, 1, 7);
        function.writeConfig(0x04, 2, 7);
        function.writeBar(0, 0, MemorySegment.ofArray(new byte[8]));
        assertThat(below.bar[0]).isEqualTo((byte) 42);
        assertThat(below.config).isEqualTo(Arrays.copyOf(new byte[0], 256));
        function.setUnusable(false);
        assertThat(function.readBar(0, 0, 1)).isEqualTo(42);
        assertThat(seen).isEmpty();
    }
}
