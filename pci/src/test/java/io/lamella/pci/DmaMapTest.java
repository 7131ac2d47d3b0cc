// SPDX-License-Identifier: Apache-2.0
package io.lamella.pci;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class DmaMapTest {
    private final DmaMap map = new DmaMap(100);

    private DmaRegion add(long iova, int sizeBytes, DmaAccess access) {
        DmaRegion region = DmaRegion.of(iova, MemorySegment.ofArray(new byte[sizeBytes]), access);
        map.map(region);
        return region;
    }

    @Test
    void copiesSpanAdjacentRegions() {
        add(0x1000, 16, DmaAccess.READ_WRITE);
        add(0x1010, 16, DmaAccess.READ_WRITE);
        byte[] bytes = new byte[24];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (i + 1);
        }
        map.write(0x1004, MemorySegment.ofArray(bytes));
        byte[] back = new byte[24];
        map.read(0x1004, MemorySegment.ofArray(back));
        assertThat(back).isEqualTo(bytes);
        assertThat(map.readInt(0x100e)).as("across the border").isEqualTo(0x0e0d0c0b);
        map.writeLong(0x100c, -2);
        assertThat(map.readLong(0x100c)).isEqualTo(-2);
        assertThatThrownBy(() -> map.read(0x1010, MemorySegment.ofArray(new byte[17])))
                .isInstanceOf(DmaFaultException.class)
                .hasMessageContaining("nothing is mapped");
    }

    @Test
    void rightsAreKept() {
        add(0x1000, 16, DmaAccess.READ);
        add(0x2000, 16, DmaAccess.WRITE);
        assertThat(map.readInt(0x1000)).isZero();
        assertThatThrownBy(() -> map.writeInt(0x1000, 1)).hasMessageContaining("READ only");
        assertThatThrownBy(() -> map.readInt(0x2000)).isInstanceOf(DmaFaultException.class);
        assertThat(map.segment(0x1000, 16, DmaAccess.READ)).isNotNull();
        assertThat(map.segment(0x1000, 16, DmaAccess.WRITE)).isNull();
        assertThat(map.segment(0x1000, 17, DmaAccess.READ)).isNull();
    }

    @Test
    void badRegionsAreRefusedWithTheirReason() {
        add(0x1000, 0x100, DmaAccess.READ);
        for (long iova : new long[] {0x1000, 0xfff, 0x10ff, 0xf01}) {
            assertThatThrownBy(() -> add(iova, 0x100, DmaAccess.READ))
                    .isInstanceOfSatisfying(
                            DmaMapException.class,
                            e -> assertThat(e.reason()).isEqualTo(DmaMapException.Reason.OVERLAP));
        }
        add(0xf00, 0x100, DmaAccess.READ);
        add(0x1100, 0x100, DmaAccess.READ);
        assertThatThrownBy(() -> add(-8, 9, DmaAccess.READ)).hasMessageContaining("end of the address space");
        assertThatThrownBy(() -> add(0, 0, DmaAccess.READ)).isInstanceOf(DmaMapException.class);
        add(-8, 8, DmaAccess.READ);
        assertThat(map.readLong(-8)).isZero();
        assertThatThrownBy(() -> map.read(-4, MemorySegment.ofArray(new byte[8])))
                .hasMessageContaining("end of the address space");
        DmaMap small = new DmaMap(1);
        small.map(DmaRegion.of(0, MemorySegment.ofArray(new byte[1]), DmaAccess.READ));
        assertThatThrownBy(() -> small.map(DmaRegion.of(8, MemorySegment.ofArray(new byte[1]), DmaAccess.READ)))
                .hasMessageContaining("limit is 1");
    }

    @Test
    void memoryThatWasTakenAwayIsAFault() {
        Arena arena = Arena.ofShared();
        map.map(DmaRegion.of(0x1000, arena.allocate(64, 8), DmaAccess.READ_WRITE));
        assertThat(map.readInt(0x1000)).isZero();
        arena.close();
        assertThatThrownBy(() -> map.readInt(0x1000)).hasMessageContaining("taken away");
        assertThatThrownBy(() -> map.write(0x1000, MemorySegment.ofArray(new byte[8])))
                .isInstanceOf(DmaFaultException.class);
    }

    @Test
    void listenersFollowEveryChange() {
        List<String> heard = new ArrayList<>();
        add(0x1000, 16, DmaAccess.READ);
        DmaListener listener = new DmaListener() {
            @Override
            public void mapped(DmaRegion region) {
                heard.add("+" + Long.toHexString(region.iova()));
            }

            @Override
            public void unmapped(DmaRegion region) {
                heard.add("-" + Long.toHexString(region.iova()));
            }
        };
        map.addListener(listener);
        long before = map.generation();
        add(0x2000, 16, DmaAccess.READ);
        assertThat(map.generation()).isNotEqualTo(before);
        assertThat(map.unmap(0x1000, 8)).isNull();
        assertThat(map.unmap(0x1000, 16)).isNotNull();
        map.unmapAll();
        map.removeListener(listener);
        add(0x3000, 16, DmaAccess.READ);
        assertThat(heard).containsExactly("+1000", "+2000", "-1000", "-2000");
    }

    @Test
    void aDisabledSpaceFaultsAndForgetsNothing() {
        add(0x1000, 16, DmaAccess.READ_WRITE);
        long before = map.generation();
        map.setEnabled(false);
        assertThat(map.generation()).as("who keeps a segment must look again").isNotEqualTo(before);
        assertThatThrownBy(() -> map.readInt(0x1000)).hasMessageContaining("bus mastering");
        assertThat(map.segment(0x1000, 4, DmaAccess.READ)).isNull();
        add(0x2000, 16, DmaAccess.READ_WRITE);
        assertThat(map.regions()).hasSize(2);
        assertThat(map.unmap(0x2000, 16)).isNotNull();
        map.setEnabled(true);
        map.writeInt(0x1000, 5);
        assertThat(map.readInt(0x1000)).isEqualTo(5);
    }

    @Test
    void randomMapsAgreeWithAPlainModel() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        NavigableMap<Long, byte[]> model = new TreeMap<>();
        for (int step = 0; step < 20_000; step++) {
            long iova = random.nextInt(512);
            int size = 1 + random.nextInt(24);
            if (random.nextInt(3) == 0) {
                byte[] removed = model.get(iova);
                boolean exact = removed != null && removed.length == size;
                assertThat(map.unmap(iova, size) != null).as("seed " + seed).isEqualTo(exact);
                if (exact) {
                    model.remove(iova);
                }
            } else if (random.nextInt(3) == 0) {
                byte[] memory = new byte[size];
                random.nextBytes(memory);
                boolean free = true;
                for (long at = iova; at < iova + size; at++) {
                    free &= lookUp(model, at) < 0;
                }
                try {
                    map.map(DmaRegion.of(iova, MemorySegment.ofArray(memory), DmaAccess.READ));
                    assertThat(free).as("seed " + seed).isTrue();
                    model.put(iova, memory);
                } catch (DmaMapException e) {
                    assertThat(free && model.size() < 100).as("seed " + seed).isFalse();
                }
            } else {
                byte[] bytes = new byte[size];
                boolean all = true;
                byte[] expected = new byte[size];
                for (int i = 0; i < size; i++) {
                    int value = lookUp(model, iova + i);
                    all &= value >= 0;
                    expected[i] = (byte) value;
                }
                try {
                    map.read(iova, MemorySegment.ofArray(bytes));
                    assertThat(all).as("seed " + seed).isTrue();
                    assertThat(bytes).as("seed " + seed).isEqualTo(expected);
                } catch (DmaFaultException e) {
                    assertThat(all).as("seed " + seed).isFalse();
                }
            }
        }
    }

    private static int lookUp(NavigableMap<Long, byte[]> model, long at) {
        var below = model.floorEntry(at);
        return below != null && at - below.getKey() < below.getValue().length
                ? Byte.toUnsignedInt(below.getValue()[(int) (at - below.getKey())])
                : -1;
    }

    @Test
    void regionsComeInRisingOrderUnsigned() {
        add(Long.MIN_VALUE, 8, DmaAccess.READ);
        add(0x10, 8, DmaAccess.READ);
        add(-16, 8, DmaAccess.READ);
        assertThat(map.regions()).extracting(DmaRegion::iova).containsExactly(0x10L, Long.MIN_VALUE, -16L);
        assertThat(map.segment(-16, 8, DmaAccess.READ))
                .isNotNull()
                .satisfies(s -> assertThat(s.get(ValueLayout.JAVA_BYTE, 0)).isZero());
    }
}
