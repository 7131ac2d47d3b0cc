// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.host;

import io.lamella.gpu.ce.CopyEngines;
import io.lamella.gpu.fb.FbSegment;
import io.lamella.gpu.fb.FrameBuffer;
import io.lamella.gpu.fb.HeapFbStore;
import io.lamella.gpu.mmu.AddressSpace;
import io.lamella.gpu.mmu.EngineMemory;
import io.lamella.gpu.mmu.Gmmu;
import io.lamella.gpu.mmu.PageTables;
import io.lamella.hw.Architecture;
import io.lamella.hw.method.GpFifo;
import io.lamella.hw.method.PushBuffer;
import io.lamella.hw.method.Userd;
import io.lamella.hw.mmu.GmmuV2;
import io.lamella.pci.DmaAccess;
import io.lamella.pci.DmaMap;
import io.lamella.pci.DmaRegion;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A channel on copy engine 1 with its ring, push buffer and memory, run by the test's own thread. */
public final class ChannelFixture {
    /** 4 MiB of video memory, in pages of 4 KiB that lie in reverse. */
    public static final long VIDEO = 0x1000_0000L;

    /** 4 MiB of system memory, likewise. */
    public static final long SYSTEM = 0x2000_0000L;

    /** 2 MiB of video memory in one page. */
    public static final long LARGE = 0x3000_0000L;

    /** A page each: read-only, privileged, without atomics, sparse; all of video memory. */
    public static final long READ_ONLY = 0x4000_0000L;

    public static final long PRIVILEGED = 0x4000_1000L;
    public static final long NO_ATOMICS = 0x4000_2000L;
    public static final long SPARSE = 0x4000_3000L;

    public static final int AREA_BYTES = 4 << 20;
    static final int RING_ENTRIES = 32;

    private static final long RING = 0x5000_0000L;
    private static final long PUSH = 0x5100_0000L;
    private static final long PUSH_BYTES = 256 << 10;
    private static final long USERD = 0x1000;
    private static final long FIRST_TABLE = 0x10_0000;
    private static final long RING_AT = 0x4000;
    private static final long PUSH_AT = 0x8_0000;
    private static final long VIDEO_AT = 0x80_0000;
    private static final long LARGE_AT = 0x60_0000;
    private static final long SYSTEM_IOVA = 0x7_0000_0000L;

    public final FbSegment fb = new FrameBuffer(new HeapFbStore(16 << 20)).whole();
    public final DmaMap dma = new DmaMap();
    public final MemorySegment systemMemory = MemorySegment.ofArray(new byte[AREA_BYTES]);
    public final PageTables tables = new PageTables(fb, FIRST_TABLE);
    public final Gmmu mmu = new Gmmu(fb, GmmuV2.FORMAT);
    public final AddressSpace space = new AddressSpace(new EngineMemory(mmu));
    public final List<Integer> interrupts = new ArrayList<>();
    public final List<FaultReport> reports = new ArrayList<>();
    public final EngineThread engines = new EngineThread("test", System::nanoTime);
    public final FunctionChannels function = new FunctionChannels(
            "test",
            1,
            engines,
            CopyEngines.runlists(Architecture.ADA),
            interrupts::add,
            () -> 0x1234_5678_9abcL,
            report -> reports.add(report));

    private final Channel channel;
    private int put;
    private long pushed;

    public ChannelFixture() {
        this(true);
    }

    public ChannelFixture(boolean privileged) {
        dma.map(DmaRegion.of(SYSTEM_IOVA, systemMemory, DmaAccess.READ_WRITE));
        mmu.connect(dma);
        int pages = AREA_BYTES / 4096;
        for (int i = 0; i < pages; i++) {
            long back = 4096L * (pages - 1 - i);
            tables.map4k(VIDEO + 4096L * i, PageTables.vramPage(VIDEO_AT + back));
            tables.map4k(SYSTEM + 4096L * i, PageTables.systemPage(SYSTEM_IOVA + back));
        }
        tables.map2m(LARGE, PageTables.vramPage(LARGE_AT));
        tables.map4k(READ_ONLY, PageTables.vramPage(0xc000) | 1 << 6);
        tables.map4k(PRIVILEGED, PageTables.vramPage(0xd000) | 1 << 5);
        tables.map4k(NO_ATOMICS, PageTables.vramPage(0xe000) | 1 << 7);
        tables.map4k(SPARSE, 1 << 3);
        tables.map4k(RING, PageTables.vramPage(RING_AT));
        for (long at = 0; at < PUSH_BYTES; at += 4096) {
            tables.map4k(PUSH + at, PageTables.vramPage(PUSH_AT + at));
        }
        space.setRoot(tables.root());
        channel = new Channel(function, spec(privileged));
    }

    public ChannelSpec spec(boolean privileged) {
        return spec(3, privileged);
    }

    public ChannelSpec spec(int id, boolean privileged) {
        return new ChannelSpec(
                id,
                CopyEngines.runlists(Architecture.ADA).get(1),
                space,
                RING,
                RING_ENTRIES,
                USERD,
                privileged,
                privileged,
                false);
    }

    /** Adds a segment to the ring. */
    public void push(int... words) {
        if (pushed + words.length * 4L > PUSH_BYTES) {
            pushed = 0;
        }
        for (int i = 0; i < words.length; i++) {
            fb.writeInt(PUSH_AT + pushed + 4L * i, words[i]);
        }
        pushEntry(GpFifo.entry(PUSH + pushed, words.length));
        pushed += words.length * 4L;
    }

    public void pushEntry(long entry) {
        fb.writeLong(RING_AT + 8L * put, entry);
        put = (put + 1) % RING_ENTRIES;
        fb.writeInt(USERD + Userd.GP_PUT, put);
    }

    /** Words that set methods one by one. */
    public static int[] methods(int subchannel, int... offsetsAndData) {
        int[] words = new int[offsetsAndData.length];
        for (int i = 0; i < words.length; i += 2) {
            words[i] = PushBuffer.incrementing(subchannel, offsetsAndData[i], 1);
            words[i + 1] = offsetsAndData[i + 1];
        }
        return words;
    }

    public int userd(int offset) {
        return fb.readInt(USERD + offset);
    }

    public void writeUserd(int offset, int value) {
        fb.writeInt(USERD + offset, value);
    }

    /** Runs it until it has nothing to do, waits, or fails; the outcome's name. */
    public String run() {
        return runFor(100_000);
    }

    /** The same, for at most some turns of a millisecond. */
    public String runFor(int mostTurns) {
        Channel.Outcome outcome = Channel.Outcome.MORE;
        for (int turns = 0; outcome == Channel.Outcome.MORE && turns < mostTurns; turns++) {
            outcome = turn();
        }
        return outcome.name();
    }

    Channel.Outcome turn() {
        return channel.run(System::nanoTime, System.nanoTime() + 1_000_000);
    }

    public @Nullable FaultReport fault() {
        return channel.fault();
    }
}
