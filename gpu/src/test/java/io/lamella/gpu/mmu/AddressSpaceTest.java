// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.mmu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lamella.gpu.fb.FbRange;
import io.lamella.gpu.fb.FbSegment;
import io.lamella.gpu.fb.FrameBuffer;
import io.lamella.gpu.fb.HeapFbStore;
import io.lamella.gpu.mmu.MemoryView.Access;
import io.lamella.pci.DmaAccess;
import io.lamella.pci.DmaMap;
import io.lamella.pci.DmaRegion;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class AddressSpaceTest {
    private static final int MIB = 1 << 20;

    private final FrameBuffer board = new FrameBuffer(new HeapFbStore(12 * MIB));
    private final FbSegment fb = board.segment(List.of(new FbRange(4 * MIB, 4 * MIB)));
    private final Gmmu mmu = new Gmmu(fb);
    private final AddressSpace space = new AddressSpace(new EngineMemory(mmu));
    private final DmaMap dma = new DmaMap();
    private final MemoryRun run = new MemoryRun();

    private PageTables withTables() {
        PageTables tables = new PageTables(fb, 0x10_0000);
        space.setRoot(tables.root());
        mmu.connect(dma);
        return tables;
    }

    private long runAt(long address) throws MmuFault {
        space.resolve(address, MIB, Access.READ, run);
        return run.lengthBytes();
    }

    @Test
    void pagesThatFollowEachOtherAreOneRun() throws MmuFault {
        PageTables tables = withTables();
        for (int i = 0; i < 8; i++) {
            tables.map4k(0x1000L * i, PageTables.vramPage(0x20_0000 + 0x1000L * i));
        }
        tables.map64k(0x1_0000, PageTables.vramPage(0x21_0000));
        tables.map4k(0x8000, PageTables.vramPage(0x30_0000));
        tables.map4k(0x9000, PageTables.vramPage(0x30_1000) | 1 << 6);
        assertThat(runAt(0x10)).isEqualTo(0x8000 - 0x10);
        assertThat(runAt(0x8ff0)).as("another right ends it").isEqualTo(0x10);
        assertThat(runAt(0x1_0100)).isEqualTo(0x1_0000 - 0x100);
        tables.map2m(0x20_0000, PageTables.vramPage(0x20_0000));
        assertThat(runAt(0x20_0000)).isEqualTo(MIB);
        space.resolve(0x10, 0x20, Access.READ, run);
        assertThat(run.lengthBytes()).isEqualTo(0x20);
    }

    @Test
    void runsEndWithTheDriversRegions() throws MmuFault {
        PageTables tables = withTables();
        dma.map(DmaRegion.of(0x10_0000, MemorySegment.ofArray(new byte[0x1800]), DmaAccess.READ_WRITE));
        dma.map(DmaRegion.of(0x10_1800, MemorySegment.ofArray(new byte[0x800]), DmaAccess.READ));
        tables.map4k(0, PageTables.systemPage(0x10_0000));
        tables.map4k(0x1000, PageTables.systemPage(0x10_1000));
        tables.map4k(0x2000, PageTables.systemPage(0x10_2000));
        assertThat(runAt(0)).isEqualTo(0x1800);
        assertThat(runAt(0x1800)).isEqualTo(0x800);
        assertThatThrownBy(() -> runAt(0x2000)).isInstanceOf(MmuFault.class).hasMessageContaining("out of the memory");
        assertThatThrownBy(() -> space.writeInt(0x1800, 1, Access.WRITE)).isInstanceOf(MmuFault.class);
        dma.unmap(0x10_0000, 0x1800);
        assertThatThrownBy(() -> runAt(0)).isInstanceOf(MmuFault.class);
    }

    @Test
    void withoutPageDirectoryNothingIsReached() {
        assertThatThrownBy(() -> space.readInt(0, Access.READ))
                .isInstanceOf(MmuFault.class)
                .hasMessageContaining("no page directory");
    }

    @Test
    void findingMemoryAllocatesNothing() throws MmuFault {
        PageTables tables = withTables();
        dma.map(DmaRegion.of(0x10_0000, MemorySegment.ofArray(new byte[0x8000]), DmaAccess.READ_WRITE));
        for (int i = 0; i < 8; i++) {
            tables.map4k(0x1000L * i, PageTables.vramPage(0x20_0000 + 0x3000L * i));
            tables.map4k(0x10_0000 + 0x1000L * i, PageTables.systemPage(0x10_0000 + 0x1000L * (7 - i)));
        }
        MemoryRun to = new MemoryRun();
        var threads = (com.sun.management.ThreadMXBean) java.lang.management.ManagementFactory.getThreadMXBean();
        long least = Long.MAX_VALUE;
        for (int round = 0; round < 20; round++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < 8 * 4096; i += 64) {
                space.resolve(i, 64, Access.READ, run);
                space.resolve(0x10_0000 + i, 64, Access.WRITE, to);
                space.memory().copy(run, 0, to, 0, 64);
                space.invalidate();
            }
            least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
        }
        assertThat(least).isLessThan(1024);
    }

    @Test
    void randomTreesNeverLeaveTheFunctionsMemory() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        FbSegment whole = board.whole();
        byte[] guard = new byte[4 * MIB];
        random.nextBytes(guard);
        whole.copyFrom(0, MemorySegment.ofArray(guard));
        whole.copyFrom(8 * MIB, MemorySegment.ofArray(guard));
        dma.map(DmaRegion.of(0x4000, MemorySegment.ofArray(new byte[0x4000]), DmaAccess.READ_WRITE));
        mmu.connect(dma);
        long reached = 0;
        for (int tree = 0; tree < 100_000; tree++) {
            // A handful of tables that lead anywhere, most of all to each other.
            for (int i = 0; i < 12; i++) {
                long entry = (long) random.nextInt(40) << (random.nextInt(8) == 0 ? 24 : 8) | random.nextInt(256);
                fb.writeLong(0x1000L * (1 + random.nextInt(8)) + 8L * random.nextInt(4), entry);
            }
            space.setRoot(0x1000L * (1 + random.nextInt(8)));
            long address = random.nextLong() & (random.nextBoolean() ? 0x1_8020_6000_3ff8L : -8);
            try {
                space.writeLong(address, 0x5555, Access.write(random.nextBoolean()));
                space.resolve(address, 1 + random.nextInt(MIB), Access.READ, run);
                reached++;
            } catch (MmuFault e) {
                assertThat(e.type()).isNotNull();
            }
        }
        assertThat(reached).as("seed %d: some lead somewhere", seed).isPositive();
        byte[] after = new byte[4 * MIB];
        whole.copyTo(0, MemorySegment.ofArray(after));
        assertThat(after).as("seed %d: below", seed).isEqualTo(guard);
        whole.copyTo(8 * MIB, MemorySegment.ofArray(after));
        assertThat(after).as("seed %d: above", seed).isEqualTo(guard);
    }
}
