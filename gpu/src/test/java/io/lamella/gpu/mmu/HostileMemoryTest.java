// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.mmu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lamella.gpu.fb.FbSegment;
import io.lamella.gpu.fb.FrameBuffer;
import io.lamella.gpu.fb.HeapFbStore;
import io.lamella.gpu.mmu.MemoryView.Access;
import io.lamella.hw.mmu.GmmuV2;
import io.lamella.pci.DmaAccess;
import io.lamella.pci.DmaMap;
import io.lamella.pci.DmaRegion;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a client of the function may do with the memory that it has given: engines belong to all, and wait for none. */
@Timeout(60)
class HostileMemoryTest {
    private static final long IOVA = 0x10_0000;
    private static final long TABLE_IOVA = 0x7000_0000L;
    private static final int PAGES = 4;

    private final FbSegment fb = new FrameBuffer(new HeapFbStore(4 << 20)).whole();
    private final Gmmu mmu = new Gmmu(fb, GmmuV2.FORMAT);
    private final EngineMemory memory = new EngineMemory(mmu);
    private final AddressSpace space = new AddressSpace(memory);
    private final PageTables tables = new PageTables(fb, 0x10_0000);
    private final MemoryRun from = new MemoryRun();
    private final MemoryRun to = new MemoryRun();

    private void connect(DmaMap dma) {
        space.setRoot(tables.root());
        mmu.connect(dma);
        for (int i = 0; i < PAGES; i++) {
            tables.map4k(0x1000L * i, PageTables.systemPage(IOVA + 0x1000L * i));
            tables.map4k(0x10_0000 + 0x1000L * i, PageTables.vramPage(0x8_0000 + 0x1000L * i));
        }
    }

    /** A map that is asked to wait for memory to come back. */
    private static final class PatientMap extends DmaMap {
        private int waits;

        @Override
        protected boolean awaitMapping(long generation) {
            waits++;
            return false;
        }

        @Override
        protected void readUnmapped(DmaRegion region, long iova, MemorySegment destination) {
            destination.fill((byte) 7);
        }
    }

    @Test
    void aRegionOfMoreThanHalfOfAllAddressesIsUsedLikeAnyOther() throws MmuFault {
        PatientMap dma = new PatientMap();
        dma.map(new DmaRegion(0x1000, -0x2000, DmaAccess.READ_WRITE, null, -1, 0));
        connect(dma);
        space.resolve(0x10, 0x2000, Access.READ, from);
        assertThat(from.lengthBytes()).isEqualTo(0x2000);
        byte[] read = new byte[0x1800];
        space.read(0x10, MemorySegment.ofArray(read), Access.READ);
        assertThat(read).containsOnly(7);
    }

    @Test
    void memoryThatIsTakenAwayIsAFaultAtOnce() throws MmuFault {
        PatientMap dma = new PatientMap();
        Arena arena = Arena.ofShared();
        dma.map(DmaRegion.of(IOVA, arena.allocate(0x4000), DmaAccess.READ_WRITE));
        connect(dma);
        space.resolve(0, 0x4000, Access.READ, from);
        space.resolve(0x10_0000, 0x4000, Access.WRITE, to);
        memory.copy(from, 0, to, 0, 0x4000);
        arena.close();
        assertThatThrownBy(() -> memory.copy(from, 0, to, 0, 0x4000)).isInstanceOf(MmuFault.class);
        assertThatThrownBy(() -> memory.copy(from, 0, to, 0, 16)).isInstanceOf(MmuFault.class);
        assertThatThrownBy(() -> space.readInt(0, Access.READ)).isInstanceOf(MmuFault.class);
        dma.unmap(IOVA, 0x4000);
        assertThatThrownBy(() -> memory.copy(to, 0, from, 0, 0x4000)).isInstanceOf(MmuFault.class);
        assertThatThrownBy(() -> space.writeLong(0, 1, Access.WRITE)).isInstanceOf(MmuFault.class);
        assertThat(dma.waits).isZero();
        // And when it is there again, in other pieces, it is used again.
        MemorySegment back = MemorySegment.ofArray(new byte[0x4000]).fill((byte) 5);
        dma.map(DmaRegion.of(IOVA, back, DmaAccess.READ_WRITE));
        space.resolve(0, 0x4000, Access.READ, from);
        memory.copy(from, 0, to, 0, 0x4000);
        assertThat(fb.readInt(0x8_3ffc)).isEqualTo(0x0505_0505);
    }

    @Test
    void memoryThatComesBackElsewhereDuringACopyIsUsed() throws MmuFault {
        DmaMap dma = new DmaMap();
        Arena arena = Arena.ofShared();
        dma.map(DmaRegion.of(IOVA, arena.allocate(0x4000), DmaAccess.READ_WRITE));
        connect(dma);
        space.resolve(0, 0x4000, Access.READ, from);
        space.resolve(0x10_0000, 0x4000, Access.WRITE, to);
        arena.close();
        dma.unmap(IOVA, 0x4000);
        dma.map(DmaRegion.of(IOVA, MemorySegment.ofArray(new byte[0x4000]).fill((byte) 9), DmaAccess.READ_WRITE));
        memory.copy(from, 0, to, 0, 0x4000);
        assertThat(fb.readInt(0x8_3ffc)).isEqualTo(0x0909_0909);
    }

    @Test
    void tablesInMemoryThatIsNotThereAreNotWaitedFor() {
        PatientMap dma = new PatientMap();
        connect(dma);
        long dual = tables.dualEntry(0x4000_0000L);
        fb.writeLong(dual + 8, TABLE_IOVA >>> 4 | 2 << 1);
        assertThatThrownBy(() -> space.readInt(0x4000_0000L, Access.READ))
                .isInstanceOf(MmuFault.class)
                .hasMessageContaining("nothing is mapped");
        assertThat(dma.waits).isZero();
    }

    /** A client may shorten the file behind its memory. The error must come where it is caught, each time. */
    @Test
    void aPageThatGoesMissingIsAFaultOfWhoTouchesIt(@TempDir Path folder) throws IOException, MmuFault {
        try (FileChannel file = FileChannel.open(
                        folder.resolve("memory"),
                        StandardOpenOption.CREATE,
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE);
                Arena arena = Arena.ofShared()) {
            MemorySegment mapped = file.map(FileChannel.MapMode.READ_WRITE, 0, 0x4000, arena);
            DmaMap dma = new DmaMap();
            dma.map(new DmaRegion(IOVA, 0x4000, DmaAccess.READ_WRITE, mapped, -1, 0, false));
            connect(dma);
            space.resolve(0, 0x4000, Access.READ, from);
            space.resolve(0x10_0000, 0x4000, Access.WRITE, to);
            memory.copy(from, 0, to, 0, 0x4000);
            file.truncate(0);
            int faults = 0;
            for (int i = 0; i < 2000; i++) {
                try {
                    if (i % 4 == 0) {
                        memory.copy(from, 0, to, 0, 0x4000);
                    } else if (i % 4 == 1) {
                        space.writeLong(8, 1, Access.WRITE);
                    } else if (i % 4 == 2) {
                        int ignored = space.readInt(0x1000, Access.READ);
                    } else {
                        space.read(0x10, MemorySegment.ofArray(new byte[64]), Access.READ);
                    }
                } catch (MmuFault e) {
                    faults++;
                }
            }
            assertThat(faults).isEqualTo(2000);
        }
    }

    @Test
    void aSegmentThatIsRevokedHasNothing() {
        long[] offset = {-1};
        assertThat(fb.locate(0, 0x1000, (segment, at) -> offset[0] = at)).isEqualTo(0x1000);
        fb.revoke();
        assertThat(fb.locate(0, 0x1000, (segment, at) -> offset[0] = at)).isZero();
        assertThatThrownBy(() -> space.readInt(0, Access.READ)).isInstanceOf(MmuFault.class);
    }
}
