// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.mmu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lamella.gpu.fb.FbRange;
import io.lamella.gpu.fb.FbSegment;
import io.lamella.gpu.fb.FrameBuffer;
import io.lamella.gpu.fb.HeapFbStore;
import io.lamella.gpu.mmu.MemoryView.Access;
import io.lamella.hw.mmu.GmmuV2;
import io.lamella.pci.DmaAccess;
import io.lamella.pci.DmaMap;
import io.lamella.pci.DmaRegion;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.junit.jupiter.api.Test;

class AddressSpaceTest {
    private static final int MIB = 1 << 20;

    private final FrameBuffer board = new FrameBuffer(new HeapFbStore(12 * MIB));
    private final FbSegment fb = board.segment(List.of(new FbRange(4 * MIB, 4 * MIB)));
    private final Gmmu mmu = new Gmmu(fb, GmmuV2.FORMAT);
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
}
