// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.mmu;

import static org.assertj.core.api.Assertions.assertThat;

import io.lamella.gpu.fb.FbRange;
import io.lamella.gpu.fb.FbSegment;
import io.lamella.gpu.fb.FrameBuffer;
import io.lamella.gpu.fb.HeapFbStore;
import io.lamella.hw.mmu.GmmuV2;
import io.lamella.pci.DmaAccess;
import io.lamella.pci.DmaMap;
import io.lamella.pci.DmaRegion;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class GmmuTest {
    private static final long VOLATILE = 8;
    private static final long PRIVILEGED = 32;
    private static final long READ_ONLY = 64;

    private final FbSegment board = new FrameBuffer(new HeapFbStore(8 << 20)).whole();
    private final Gmmu mmu = new Gmmu(board, GmmuV2.FORMAT);
    private final PageTables tables = new PageTables(board, 0x100000);

    private void assertMapped(long va, int target, long address, int pageShift) {
        long found = mmu.translate(tables.root(), va);
        assertThat(Translation.target(found)).as("target of 0x%x", va).isEqualTo(target);
        assertThat(Translation.address(found, va)).as("address of 0x%x", va).isEqualTo(address);
        assertThat(Translation.pageShift(found)).isEqualTo(pageShift);
    }

    private void assertTarget(long va, int target) {
        assertThat(Translation.target(mmu.translate(tables.root(), va)))
                .as("target of 0x%x", va)
                .isEqualTo(target);
    }

    @Test
    void pagesOfEverySizeAndAperture() {
        tables.map4k(0x1000, PageTables.vramPage(0x7000));
        tables.map64k(0x20_0000, PageTables.vramPage(0x30000));
        tables.map2m(0x40_0000, PageTables.vramPage(0x40_0000));
        tables.map4k(0x1_8765_4321_0000L, PageTables.systemPage(0x12_3456_7000L));
        tables.map4k(0x2000, PageTables.systemPage(0x9000) | 1 << 1);
        assertMapped(0x1abc, Translation.VRAM, 0x7abc, 12);
        assertMapped(0x20_fffc, Translation.VRAM, 0x3fffc, 16);
        assertMapped(0x5f_fff0, Translation.VRAM, 0x5f_fff0, 21);
        assertMapped(0x1_8765_4321_0ff8L, Translation.SYSMEM, 0x12_3456_7ff8L, 12);
        assertMapped(0x2004, Translation.SYSMEM, 0x9004, 12);
        assertTarget(0x3000, Translation.UNMAPPED);
        assertTarget(0x60_0000, Translation.UNMAPPED);
        assertTarget(1L << 49, Translation.UNMAPPED);
        assertTarget(-1, Translation.UNMAPPED);
    }

    @Test
    void compressionTagsAndKindsDoNotDisturbAnAddress() {
        tables.map64k(0x20_0000, PageTables.vramPage(0x30000) | 0x5aL << 56 | 0x3ffffL << 36);
        assertMapped(0x20_0010, Translation.VRAM, 0x30010, 16);
    }

    @Test
    void bigPagesComeFirstAndCanHideSmallOnes() {
        tables.map64k(0, PageTables.vramPage(0x30000));
        tables.map4k(0, PageTables.vramPage(0x7000));
        tables.map64k(0x1_0000, 0);
        tables.map4k(0x1_0000, PageTables.vramPage(0x8000));
        tables.map64k(0x2_0000, PRIVILEGED);
        tables.map4k(0x2_0000, PageTables.vramPage(0x9000));
        tables.map64k(0x3_0000, VOLATILE);
        tables.map4k(0x3_0000, PageTables.vramPage(0xa000));
        assertMapped(0x4, Translation.VRAM, 0x30004, 16);
        assertMapped(0x1_0004, Translation.VRAM, 0x8004, 12);
        assertTarget(0x2_0000, Translation.UNMAPPED);
        assertTarget(0x3_0000, Translation.SPARSE);
    }

    @Test
    void sparseAtEveryLevel() {
        tables.map4k(0x1000, VOLATILE);
        board.writeLong(tables.dualEntry(0x20_0000), VOLATILE);
        board.writeLong(tables.root() + 8, VOLATILE);
        assertTarget(0x1000, Translation.SPARSE);
        assertTarget(0x20_0000, Translation.SPARSE);
        assertTarget(1L << 47, Translation.SPARSE);
    }

    @Test
    void readOnlyIsReportedAndPeerMemoryIsNotThere() {
        tables.map4k(0x1000, PageTables.vramPage(0x7000) | READ_ONLY);
        tables.map4k(0x2000, PageTables.vramPage(0x7000) | 1 << 1);
        assertThat(Translation.isReadOnly(mmu.translate(tables.root(), 0x1000))).isTrue();
        assertTarget(0x2000, Translation.UNMAPPED);
    }

    @Test
    void tablesMayLieInSystemMemory() {
        MemorySegment memory = MemorySegment.ofArray(new long[1024]);
        DmaMap dma = new DmaMap();
        dma.map(DmaRegion.of(0x5000_0000, memory, DmaAccess.READ));
        memory.set(ValueLayout.JAVA_LONG, 8, PageTables.vramPage(0x7000));
        long dual = tables.dualEntry(0);
        board.writeLong(dual + 8, 0x5000_0000L >>> 4 | 2 << 1);
        assertTarget(0x1000, Translation.UNMAPPED);
        mmu.connect(dma);
        assertMapped(0x1008, Translation.VRAM, 0x7008, 12);
        board.writeLong(dual + 8, 0x6000_0000L >>> 4 | 2 << 1);
        assertTarget(0x1000, Translation.UNMAPPED);
    }

    @Test
    void hostileTablesEndInDefinedAnswersInsideOfTheSegment() {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        FbSegment guest = board;
        for (int i = 0; i < 4 << 20; i += 8) {
            guest.writeLong(i, random.nextLong() >>> random.nextInt(40) | random.nextInt(8));
        }
        // Loops: a directory that is its own parent.
        guest.writeLong(0, PageTables.directoryEntry(0));
        FrameBuffer frameBuffer = new FrameBuffer(new HeapFbStore(8 << 20));
        FbSegment confined = frameBuffer.segment(List.of(new FbRange(0x40_0000, 0x10_0000)));
        for (int i = 0; i < 0x10_0000; i += 8) {
            confined.writeLong(i, random.nextLong() >>> random.nextInt(40) | 3);
        }
        Gmmu other = new Gmmu(confined, GmmuV2.FORMAT);
        for (int i = 0; i < 100_000; i++) {
            long va = random.nextLong() >>> random.nextInt(64);
            long root = random.nextInt(4) == 0 ? random.nextLong() : random.nextInt(0x10_0000) & ~0xfff;
            for (Gmmu each : List.of(mmu, other)) {
                assertThat(Translation.target(each.translate(root, va)))
                        .as("seed %d", seed)
                        .isBetween(Translation.UNMAPPED, Translation.SPARSE);
            }
        }
    }
}
