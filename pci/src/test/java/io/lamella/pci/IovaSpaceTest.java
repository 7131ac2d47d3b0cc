// SPDX-License-Identifier: Apache-2.0
package io.lamella.pci;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class IovaSpaceTest {
    private static final long MIB = 1 << 20;

    @Test
    void keepsToTheRangesOfAnIommu() {
        IovaSpace space = new IovaSpace();
        // As Intel's tell: all but the window for interrupts, and no more than 39 bits. The last range is beyond 2^47.
        space.confine(List.of(
                new IovaSpace.Range(0, 0xfedf_ffffL),
                new IovaSpace.Range(0xfef0_0000L, (1L << 39) - 1),
                new IovaSpace.Range(1L << 50, -1)));
        assertThat(space.allocate(4096, 4096)).isEqualTo(16 * MIB);
        long over = space.allocate(1L << 32, 4096);
        assertThat(over).isEqualTo(0xfef0_0000L);
        assertThat(space.allocate(1L << 38, 1L << 38)).isEqualTo(1L << 38);
        assertThatThrownBy(() -> space.allocate(1L << 38, 4096)).isInstanceOf(IllegalStateException.class);
        space.free(over, 1L << 32);
        assertThat(space.allocate(1L << 31, 4096)).isBetween(16 * MIB, (1L << 38) - 1);
    }

    @Test
    void noRangesNoAddresses() {
        IovaSpace space = new IovaSpace();
        space.confine(List.of(new IovaSpace.Range(0, 4095)));
        assertThatThrownBy(() -> space.allocate(1, 4096)).isInstanceOf(IllegalStateException.class);
    }
}
