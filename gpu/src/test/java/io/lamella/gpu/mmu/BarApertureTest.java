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
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BarApertureTest {
    private static final int MIB = 1 << 20;

    private final FrameBuffer frameBuffer = new FrameBuffer(new HeapFbStore(16 * MIB));
    private final FbSegment guest = frameBuffer.segment(List.of(new FbRange(4 * MIB, 4 * MIB)));
    private final Gmmu mmu = new Gmmu(guest, GmmuV2.FORMAT);
    private final BarAperture bar = new BarAperture(mmu, 2 * MIB);
    private final PageTables tables = new PageTables(guest, 0x100000);

    @Test
    void showsVideoMemoryAsItLiesUntilItIsBound() {
        guest.writeInt(0x1234, 77);
        assertThat(bar.read(0x1234, 4)).isEqualTo(77);
        bar.write(0x2000, 8, 99);
        assertThat(guest.readLong(0x2000)).isEqualTo(99);
        bar.bind(tables.root());
        assertThat(bar.read(0x1234, 4)).isEqualTo(0xffff_ffffL);
        bar.unbind();
        assertThat(bar.read(0x1234, 4)).isEqualTo(77);
    }

    @Test
    void everySizeAndAlignmentGoesThroughThePageTables() {
        bar.bind(tables.root());
        tables.map4k(0x1000, PageTables.vramPage(0x9000));
        tables.map4k(0x2000, PageTables.vramPage(0x3000));
        bar.write(0x1ffd, 8, 0x1122334455667788L);
        assertThat(bar.read(0x1ffd, 8)).isEqualTo(0x1122334455667788L);
        assertThat(guest.read(0x9ffd, 2)).isEqualTo(0x7788);
        assertThat(guest.readInt(0x3000)).isEqualTo(0x22334455);
        assertThat(bar.read(0x2000, 1)).isEqualTo(0x55);
        assertThat(mmu.faultCount()).isZero();
    }

    @Test
    void unmappedReadsOnesSparseReadsZeroReadOnlyDropsWrites() {
        bar.bind(tables.root());
        tables.map4k(0x1000, 8);
        tables.map4k(0x2000, PageTables.vramPage(0x9000) | 64);
        guest.writeInt(0x9000, 5);
        assertThat(bar.read(0, 8)).isEqualTo(-1);
        bar.write(0, 8, 1);
        assertThat(bar.read(0x1000, 4)).isZero();
        bar.write(0x1000, 4, 1);
        assertThat(bar.read(0x1000, 4)).isZero();
        bar.write(0x2000, 4, 6);
        assertThat(bar.read(0x2000, 4)).isEqualTo(5);
        assertThat(mmu.faultCount()).isEqualTo(3);
        MemorySegment buffer = MemorySegment.ofArray(new byte[0x3000]);
        bar.read(0, buffer);
        assertThat(buffer.get(ValueLayout.JAVA_BYTE, 0xfff)).isEqualTo((byte) -1);
        assertThat(buffer.get(ValueLayout.JAVA_BYTE, 0x1000)).isZero();
        assertThat(buffer.get(ValueLayout.JAVA_BYTE, 0x2000)).isEqualTo((byte) 5);
    }

    @Test
    void aMappingIsKeptUntilTheTlbIsInvalidatedAndAnEmptyOneIsNotKept() {
        bar.bind(tables.root());
        assertThat(bar.read(0x1000, 4)).isEqualTo(0xffff_ffffL);
        guest.writeInt(0x9000, 1);
        guest.writeInt(0xa000, 2);
        tables.map4k(0x1000, PageTables.vramPage(0x9000));
        assertThat(bar.read(0x1000, 4)).isEqualTo(1);
        tables.map4k(0x1000, PageTables.vramPage(0xa000));
        assertThat(bar.read(0x1000, 4)).isEqualTo(1);
        mmu.invalidate();
        assertThat(bar.read(0x1000, 4)).isEqualTo(2);
    }

    @Test
    void systemMemoryIsReachedByEverySizeAndOnlyWhereItIsMapped() {
        MemorySegment memory = MemorySegment.ofArray(new long[512]);
        DmaMap dma = new DmaMap();
        dma.map(DmaRegion.of(0x8000_0000L, memory, DmaAccess.READ_WRITE));
        mmu.connect(dma);
        bar.bind(tables.root());
        tables.map4k(0x1000, PageTables.systemPage(0x8000_0000L));
        tables.map4k(0x2000, PageTables.systemPage(0x9000_0000L));
        bar.write(0x1008, 8, 0x1122334455667788L);
        bar.write(0x1009, 1, 0xff);
        bar.write(0x100a, 2, 0xeeee);
        bar.write(0x100c, 4, 0xdddddddd);
        assertThat(memory.get(ValueLayout.JAVA_LONG, 8)).isEqualTo(0xddddddddeeeeff88L);
        assertThat(bar.read(0x1009, 1)).isEqualTo(0xff);
        assertThat(bar.read(0x100a, 2)).isEqualTo(0xeeee);
        assertThat(bar.read(0x1008, 8)).isEqualTo(0xddddddddeeeeff88L);
        assertThat(bar.read(0x2000, 4)).isEqualTo(0xffff_ffffL);
        bar.write(0x2000, 4, 1);
        assertThat(mmu.faultCount()).isEqualTo(2);
        MemorySegment run = MemorySegment.ofArray(new byte[16]);
        bar.read(0x1000, run);
        assertThat(run.get(ValueLayout.JAVA_LONG_UNALIGNED, 8)).isEqualTo(0xddddddddeeeeff88L);
    }

    @Test
    void pageTablesCannotReachMemoryOfOthers() {
        frameBuffer.whole().fill(0, 16 * MIB, (byte) 0xaa);
        PageTables own = new PageTables(guest, 0x100000);
        bar.bind(own.root());
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        long[] wanted = {0x40_0000, 0x3f_f000, 0xc0_0000, 0xff_f000, -0x1000, 0x1_ffff_f000L, 0x1f_ffff_f000L};
        for (int i = 0; i < 400; i++) {
            long physical = i < wanted.length ? wanted[i] : ((random.nextLong() >>> random.nextInt(64)) & ~0xfffL);
            if (guest.contains(physical & 0x1f_ffff_f000L, 0x1000)) {
                continue;
            }
            own.map4k((i & 0xff) << 12, PageTables.vramPage(physical));
            mmu.invalidate();
            assertThat(bar.read((i & 0xffL) << 12, 8))
                    .as("0x%x, seed %d", physical, seed)
                    .isEqualTo(-1);
            bar.write((i & 0xffL) << 12, 8, 0);
            bar.write((i & 0xffL) << 12, MemorySegment.ofArray(new byte[0x1000]));
        }
        for (long at = 0; at < 16 * MIB; at += 8) {
            if (at < 4 * MIB || at >= 8 * MIB) {
                assertThat(frameBuffer.whole().readLong(at))
                        .as("physical 0x%x, seed %d", at, seed)
                        .isEqualTo(0xaaaaaaaaaaaaaaaaL);
            }
        }
    }

    @Test
    void accessesAllocateNothing() {
        bar.bind(tables.root());
        for (int page = 0; page < 512; page++) {
            tables.map4k((long) page << 12, PageTables.vramPage((long) page % 200 << 12));
        }
        long sum = hammer();
        com.sun.management.ThreadMXBean threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        sum += hammer();
        long allocated = threads.getCurrentThreadAllocatedBytes() - before;
        assertThat(sum).isNotNegative();
        assertThat(allocated).as("bytes for 400,000 accesses").isLessThan(20_000);
    }

    private long hammer() {
        long sum = 0;
        for (int i = 0; i < 200_000; i++) {
            long at = ((long) i * 4096 + 4L * (i & 0xff)) & (2 * MIB - 1);
            bar.write(at, 4, i);
            sum += bar.read(at, 4) & 0xff;
        }
        return sum;
    }
}
