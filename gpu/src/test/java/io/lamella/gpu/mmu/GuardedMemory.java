// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.mmu;

import static org.assertj.core.api.Assertions.assertThat;

import io.lamella.gpu.fb.FbRange;
import io.lamella.gpu.fb.FbSegment;
import io.lamella.gpu.fb.FrameBuffer;
import io.lamella.gpu.fb.HeapFbStore;
import io.lamella.hw.mmu.GmmuFormat;
import io.lamella.hw.mmu.GmmuV2;
import io.lamella.pci.DmaAccess;
import io.lamella.pci.DmaMap;
import io.lamella.pci.DmaRegion;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Random;

/**
 * A function's memory with guards around it: a segment in the middle of the board's memory, and mappings for DMA in the middle of a driver's
 * memory, of which some may only be read.
 */
public final class GuardedMemory {
    public static final int MIB = 1 << 20;

    /** Bytes of the function's segment. */
    public static final int FB_BYTES = 4 * MIB;

    /** Where the driver has mapped 512 KiB for both ways, then 256 KiB for reading. */
    public static final long IOVA = 0x7_0000_0000L;

    public static final int WRITABLE_BYTES = MIB / 2;
    public static final int MAPPED_BYTES = WRITABLE_BYTES + MIB / 4;

    private static final int BOARD_BYTES = 8 * MIB;
    private static final int FB_AT = 2 * MIB;
    private static final int SYSTEM_BYTES = 2 * MIB;
    private static final int SYSTEM_AT = MIB / 2;

    private final byte[] system = new byte[SYSTEM_BYTES];
    private final FrameBuffer board = new FrameBuffer(new HeapFbStore(BOARD_BYTES));
    public final FbSegment fb = board.segment(List.of(new FbRange(FB_AT, MIB), new FbRange(FB_AT + MIB, 3 * MIB)));
    public final DmaMap dma = new DmaMap();
    public final Gmmu mmu;
    public final EngineMemory memory;
    public final AddressSpace space;

    private final MemorySegment whole = MemorySegment.ofArray(new byte[BOARD_BYTES]);
    private final MemorySegment wholeSystem = MemorySegment.ofArray(new byte[SYSTEM_BYTES]);

    public GuardedMemory(Random random) {
        this(random, GmmuV2.FORMAT);
    }

    public GuardedMemory(Random random, GmmuFormat format) {
        mmu = new Gmmu(fb, format);
        memory = new EngineMemory(mmu);
        space = new AddressSpace(memory);
        random.nextBytes(system);
        byte[] content = new byte[BOARD_BYTES];
        random.nextBytes(content);
        board.whole().copyFrom(0, MemorySegment.ofArray(content));
        whole.copyFrom(MemorySegment.ofArray(content));
        wholeSystem.copyFrom(MemorySegment.ofArray(system));
        MemorySegment all = MemorySegment.ofArray(system);
        dma.map(DmaRegion.of(IOVA, all.asSlice(SYSTEM_AT, WRITABLE_BYTES), DmaAccess.READ_WRITE));
        dma.map(DmaRegion.of(
                IOVA + WRITABLE_BYTES,
                all.asSlice(SYSTEM_AT + WRITABLE_BYTES, MAPPED_BYTES - WRITABLE_BYTES),
                DmaAccess.READ));
        mmu.connect(dma);
    }

    /** Nothing has changed that is not the function's. */
    public void check(String what) {
        MemorySegment now = MemorySegment.ofArray(new byte[BOARD_BYTES]);
        board.whole().copyTo(0, now);
        same(what + ": video memory below", now, whole, 0, FB_AT);
        same(what + ": video memory above", now, whole, FB_AT + FB_BYTES, BOARD_BYTES);
        MemorySegment driver = MemorySegment.ofArray(system);
        same(what + ": the driver's memory below", driver, wholeSystem, 0, SYSTEM_AT);
        same(what + ": what may be read and above", driver, wholeSystem, SYSTEM_AT + WRITABLE_BYTES, SYSTEM_BYTES);
    }

    private static void same(String what, MemorySegment now, MemorySegment before, long from, long to) {
        assertThat(MemorySegment.mismatch(now, from, to, before, from, to))
                .as(what)
                .isEqualTo(-1);
    }
}
