// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.host;

import static org.assertj.core.api.Assertions.assertThat;

import io.lamella.gpu.ce.CopyEngines;
import io.lamella.gpu.mmu.GuardedMemory;
import io.lamella.gpu.mmu.MmuFault;
import io.lamella.gpu.mmu.PageTables;
import io.lamella.hw.Architecture;
import io.lamella.hw.method.CopyMethod;
import io.lamella.hw.method.GpFifo;
import io.lamella.hw.method.HostMethod;
import io.lamella.hw.method.PushBuffer;
import io.lamella.hw.method.Userd;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Push buffers that a guest may write: mostly sentences of the methods that there are, with addresses that mean something, and some noise. Each is
 * run by a channel of its own for a short turn, and left where it is then.
 */
class RandomPushBuffersTest {
    private static final int BUFFERS = 100_000;
    private static final int CHECK_EVERY = 5_000;
    private static final long LONGEST_NANOS = 5_000_000_000L;

    // Video memory: ring, USERD, tables; what a restored item finds again; then the areas.
    private static final long RING_AT = 0;
    private static final int RING_ENTRIES = 16;
    private static final long USERD_AT = 0x1000;
    private static final long PUSH_AT = 0x2000;
    private static final int PUSH_BYTES = 0x2000;
    private static final long TABLES_AT = 0x4000;
    private static final int KEPT_BYTES = 0x2_0000;
    private static final long AREA_AT = 0x4_0000;
    private static final int AREA_PAGES = 64;

    private static final long RING = 0x5000_0000L;
    private static final long PUSH = 0x5000_2000L;
    private static final long VIDEO = 0x1000_0000L;
    private static final long SYSTEM = 0x1020_0000L;
    private static final long LARGE = 0x1040_0000L;
    /** Pages of every other kind: read-only, privileged, no atomics, sparse, out of the segment, not mapped for DMA, only to be read, none. */
    private static final long SPECIAL = 0x1060_0000L;

    private static final int SPECIAL_PAGES = 9;

    /** Each look at the clock takes so long, which makes a turn about 40 pieces of work or 2500 words. */
    private static final long CLOCK_STEP = 50_000;

    private static final long TURN = 2_000_000;

    private final long seed = Long.getLong("lamella.seed", System.nanoTime());
    private final Random random = new Random(seed);
    private final GuardedMemory guarded = new GuardedMemory(random);
    private final MemorySegment kept = MemorySegment.ofArray(new byte[KEPT_BYTES]);
    private final Map<String, Integer> reached = new TreeMap<>();
    private final Map<Integer, Integer> methods = new TreeMap<>();
    private final List<Runlist> runlists =
            List.of(counting(CopyEngines.runlists(Architecture.ADA).get(1)));
    private final FunctionChannels function = new FunctionChannels(
            "test",
            1,
            new EngineThread("test", this::now),
            runlists,
            vector -> count("interrupts"),
            this::now,
            report -> {});
    private final int[] words = new int[PUSH_BYTES / 4];
    private int length;
    private long time;
    private int looks;
    private int item;

    private long now() {
        looks++;
        return time += CLOCK_STEP;
    }

    private void count(String what) {
        reached.merge(what, 1, Integer::sum);
    }

    /** The same engine, with every method counted. */
    private Runlist counting(Runlist runlist) {
        EngineClass real = runlist.classes().getFirst();
        EngineClass counted = new EngineClass() {
            @Override
            public int number() {
                return real.number();
            }

            @Override
            public EngineObject create(EngineContext context) {
                EngineObject object = real.create(context);
                return new EngineObject() {
                    @Override
                    public void method(int offset, int data) throws ChannelFault, MmuFault {
                        object.method(offset, data);
                        methods.merge(offset, 1, Integer::sum);
                    }

                    @Override
                    public boolean isBusy() {
                        return object.isBusy();
                    }

                    @Override
                    public void advance() throws ChannelFault, MmuFault {
                        object.advance();
                        count(object.isBusy() ? "pieces" : "works done");
                    }
                };
            }
        };
        return new Runlist(
                runlist.id(),
                runlist.engineType(),
                runlist.name(),
                runlist.nonStallVector(),
                runlist.faultXid(),
                List.of(counted),
                runlist.semaphoreAddressBits());
    }

    private void map() {
        PageTables tables = new PageTables(guarded.fb, TABLES_AT);
        for (int i = 0; i < AREA_PAGES; i++) {
            tables.map4k(VIDEO + 4096L * i, PageTables.vramPage(AREA_AT + 4096L * (i ^ 5)));
            tables.map4k(SYSTEM + 4096L * i, PageTables.systemPage(GuardedMemory.IOVA + 4096L * (AREA_PAGES - 1 - i)));
        }
        tables.map2m(LARGE, PageTables.vramPage(0x20_0000));
        long[] special = {
            PageTables.vramPage(0x8_0000) | 1 << 6,
            PageTables.vramPage(0x8_1000) | 1 << 5,
            PageTables.vramPage(0x8_2000) | 1 << 7,
            1 << 3,
            PageTables.vramPage(GuardedMemory.FB_BYTES),
            PageTables.systemPage(GuardedMemory.IOVA + GuardedMemory.MAPPED_BYTES),
            PageTables.systemPage(GuardedMemory.IOVA + GuardedMemory.WRITABLE_BYTES),
            PageTables.vramPage(0x8_3000) | 1 << 1,
            0,
        };
        for (int i = 0; i < SPECIAL_PAGES; i++) {
            tables.map4k(SPECIAL + 4096L * i, special[i]);
        }
        for (int i = 0; i < 4; i++) {
            tables.map4k(RING + 4096L * i, PageTables.vramPage(RING_AT + 4096L * i));
        }
        guarded.space.setRoot(tables.root());
        guarded.fb.clear(RING_AT, 0x4000);
        guarded.fb.copyTo(0, kept);
    }

    @Test
    void theyEndInNothingWorseThanAFault() {
        System.out.println("seed " + seed);
        map();
        long longest = 0;
        int mostLooks = 0;
        for (item = 0; item < BUFFERS; item++) {
            guarded.fb.copyFrom(0, kept);
            if (item % 50 == 0) {
                guarded.space.invalidate();
            }
            write();
            Channel channel = new Channel(function, spec());
            looks = 0;
            long begun = System.nanoTime();
            Channel.Outcome outcome = channel.run(this::now, time + TURN);
            longest = Math.max(longest, System.nanoTime() - begun);
            mostLooks = Math.max(mostLooks, looks);
            judge(outcome, channel.fault());
            if (item % CHECK_EVERY == 0) {
                guarded.check(where());
            }
        }
        guarded.check(where());
        System.out.println(BUFFERS + " push buffers, longest " + longest / 1000 + " µs, " + mostLooks
                + " looks at the clock: " + reached);
        System.out.println("copy methods: " + names());
        assertThat(longest).as(where()).isLessThan(LONGEST_NANOS);
        // In time that only the engine's looks move on, a turn ends when it has to.
        assertThat(mostLooks).as(where()).isLessThan(400);
        require();
    }

    private void require() {
        for (CopyMethod method : CopyMethod.values()) {
            // One is of the other family's class alone, and refused here.
            int least = method == CopyMethod.REQ_ATTR ? -1 : BUFFERS / 500;
            assertThat(methods.getOrDefault(method.offset(), 0))
                    .as(where() + ", " + method)
                    .isGreaterThan(least);
        }
        for (String what : List.of(
                "IDLE", "MORE", "WAITING", "works done", "pieces", "interrupts", "Xid 31", "Xid 32", "Xid 40")) {
            assertThat(reached.getOrDefault(what, 0)).as(where() + ", " + what).isGreaterThan(BUFFERS / 1000);
        }
        for (MmuFault.Type type : List.of(
                MmuFault.Type.NOTHING_MAPPED,
                MmuFault.Type.READ_ONLY,
                MmuFault.Type.PRIVILEGE,
                MmuFault.Type.REGION,
                MmuFault.Type.ATOMIC)) {
            assertThat(reached.getOrDefault("fault " + type.number(), 0))
                    .as(where() + ", " + type)
                    .isPositive();
        }
    }

    private Map<String, Integer> names() {
        Map<String, Integer> names = new TreeMap<>();
        for (CopyMethod method : CopyMethod.values()) {
            names.put(method.name(), methods.getOrDefault(method.offset(), 0));
        }
        return names;
    }

    private String where() {
        return "seed " + seed + ", push buffer " + item;
    }

    private void judge(Channel.Outcome outcome, @Nullable FaultReport fault) {
        count(outcome.name());
        if (outcome == Channel.Outcome.FAULTED) {
            FaultReport report = Objects.requireNonNull(fault);
            assertThat(report.sentence())
                    .as(where())
                    .doesNotContain("The engine failed")
                    .isNotEmpty();
            count("Xid " + report.xid());
            if (report.faultType() != 0) {
                count("fault " + report.faultType());
            }
        }
    }

    private ChannelSpec spec() {
        boolean privileged = random.nextInt(3) == 0;
        return new ChannelSpec(
                random.nextInt(2048),
                runlists.getFirst(),
                guarded.space,
                RING,
                RING_ENTRIES,
                USERD_AT,
                privileged,
                privileged,
                random.nextBoolean());
    }

    // What is written.

    private void write() {
        length = 0;
        int sentences = 1 + random.nextInt(6);
        if (random.nextInt(30) != 0) {
            method(4, HostMethod.SET_OBJECT.offset(), random.nextInt(60) == 0 ? random.nextInt() : CopyMethod.CLASS_ID);
        }
        for (int i = 0; i < sentences; i++) {
            sentence();
        }
        for (int i = 0; i < length; i++) {
            guarded.fb.writeInt(PUSH_AT + 4L * i, words[i]);
        }
        entries();
    }

    /** The ring: mostly what was written, in one piece or in two, and now and then what nobody means. */
    private void entries() {
        int count = 0;
        int cut = random.nextInt(4) == 0 ? random.nextInt(length + 1) : 0;
        if (cut > 0) {
            guarded.fb.writeLong(RING_AT + 8L * count++, GpFifo.entry(PUSH, cut));
        }
        if (length > cut) {
            guarded.fb.writeLong(RING_AT + 8L * count++, GpFifo.entry(PUSH + 4L * cut, length - cut));
        }
        switch (random.nextInt(30)) {
            case 0 -> guarded.fb.writeLong(RING_AT + 8L * count++, random.nextLong());
            // The ring itself, as words; all that an entry can name; a control entry; a segment that nothing is mapped
            // for.
            case 1 -> guarded.fb.writeLong(RING_AT + 8L * count++, GpFifo.entry(RING, 2 * RING_ENTRIES));
            case 2 -> guarded.fb.writeLong(RING_AT + 8L * count++, GpFifo.entry(PUSH, (1 << 21) - 1));
            case 3 -> guarded.fb.writeLong(RING_AT + 8L * count++, (long) random.nextInt(256) << 32);
            case 4 -> guarded.fb.writeLong(RING_AT + 8L * count++, GpFifo.entry(LARGE - 64, 64));
            // Waits for what came before, or a subroutine.
            case 5 -> guarded.fb.writeLong(RING_AT, guarded.fb.readLong(RING_AT) | 1L << 63 | 1L << 41);
            default -> {}
        }
        guarded.fb.writeInt(USERD_AT + Userd.GP_PUT, random.nextInt(200) == 0 ? random.nextInt() : count);
    }

    private void word(int word) {
        if (length < words.length) {
            words[length++] = word;
        }
    }

    private void method(int subchannel, int offset, int data) {
        switch (random.nextInt(8)) {
            case 0 -> word(PushBuffer.nonIncrementing(subchannel, offset, 1));
            case 1 -> word(PushBuffer.incrementOnce(subchannel, offset, 1));
            default -> {
                if (data >= 0 && data < 1 << 13 && random.nextInt(4) == 0) {
                    word(PushBuffer.immediate(subchannel, offset, data));
                    return;
                }
                word(PushBuffer.incrementing(subchannel, offset, 1));
            }
        }
        word(data);
    }

    private void copy(CopyMethod method, int data) {
        method(4, method.offset(), data);
    }

    private void sentence() {
        switch (random.nextInt(100)) {
            case 0 -> word(random.nextInt());
            case 1 -> method(random.nextInt(8), 4 * random.nextInt(0x1000), random.nextInt());
            case 2 -> word(PushBuffer.incrementing(4, 4 * random.nextInt(0x500), random.nextInt(1 << 13)));
            case 3 -> {
                HostMethod[] all = HostMethod.values();
                method(random.nextInt(8), all[random.nextInt(all.length)].offset(), value());
            }
            case 4 -> method(0, HostMethod.YIELD.offset(), random.nextInt(4));
            case 5 -> method(0, HostMethod.NON_STALL_INTERRUPT.offset(), 0);
            case 6 -> memoryOperation();
            case 7, 8, 9, 10, 11, 12, 13, 14 -> newSemaphore();
            case 15, 16, 17, 18, 19, 20 -> oldSemaphore();
            case 21, 22, 23, 24, 25, 26, 27, 28, 29 -> {
                CopyMethod[] all = CopyMethod.values();
                copy(all[random.nextInt(all.length)], value());
            }
            default -> launch();
        }
    }

    private int value() {
        return random.nextBoolean() ? random.nextInt() : random.nextInt(1 << random.nextInt(31));
    }

    private long address() {
        long base = switch (random.nextInt(12)) {
            case 0, 1, 2, 3 -> VIDEO;
            case 4, 5, 6 -> SYSTEM;
            case 7 -> LARGE;
            case 8 -> SPECIAL + 4096L * random.nextInt(SPECIAL_PAGES);
            default -> VIDEO + random.nextInt(AREA_PAGES) * 4096L;
        };
        long offset = random.nextInt(4) == 0 ? random.nextInt(4096) : random.nextInt(256) * 16L;
        return random.nextInt(150) == 0 ? random.nextLong() : base + offset;
    }

    private void memoryOperation() {
        method(0, HostMethod.MEM_OP_A.offset(), value());
        method(0, HostMethod.MEM_OP_C.offset(), value());
        method(0, HostMethod.MEM_OP_D.offset(), random.nextInt(32) << 27 | random.nextInt(4));
    }

    private void newSemaphore() {
        long address = address();
        method(0, HostMethod.SEM_ADDR_LO.offset(), (int) address);
        method(0, HostMethod.SEM_ADDR_HI.offset(), (int) (address >>> 32));
        method(0, HostMethod.SEM_PAYLOAD_LO.offset(), value());
        method(0, HostMethod.SEM_PAYLOAD_HI.offset(), value());
        // Mostly releases and reductions; an acquire ends most items.
        int operation = random.nextInt(5) == 0 ? random.nextInt(8) : random.nextBoolean() ? 1 : 6;
        method(0, HostMethod.SEM_EXECUTE.offset(), operation | (random.nextInt() & ~7));
    }

    private void oldSemaphore() {
        long address = address();
        method(0, HostMethod.SEMAPHOREA.offset(), (int) (address >>> 32));
        method(0, HostMethod.SEMAPHOREB.offset(), (int) address);
        method(0, HostMethod.SEMAPHOREC.offset(), value());
        int operation = random.nextInt(5) == 0 ? 1 << random.nextInt(6) : 2 << (3 * random.nextInt(2));
        method(0, HostMethod.SEMAPHORED.offset(), operation | (random.nextInt() & ~0x3f));
    }

    private void launch() {
        long from = address();
        long to = address();
        copy(CopyMethod.OFFSET_IN_UPPER, (int) (from >>> 32));
        copy(CopyMethod.OFFSET_IN_LOWER, (int) from);
        copy(CopyMethod.OFFSET_OUT_UPPER, (int) (to >>> 32));
        copy(CopyMethod.OFFSET_OUT_LOWER, (int) to);
        copy(
                CopyMethod.LINE_LENGTH_IN,
                random.nextInt(80) == 0 ? random.nextInt() : random.nextInt(1 << random.nextInt(13)));
        copy(CopyMethod.LINE_COUNT, random.nextInt(80) == 0 ? random.nextInt() : random.nextInt(12));
        if (random.nextInt(3) == 0) {
            copy(CopyMethod.PITCH_IN, random.nextInt(10) == 0 ? value() : random.nextInt(1024));
            copy(CopyMethod.PITCH_OUT, random.nextInt(10) == 0 ? value() : random.nextInt(1024));
        }
        int word = random.nextInt(30) == 0 ? random.nextInt(4) : 1 + random.nextInt(2);
        word |= random.nextInt(3) << 3 | random.nextInt(3) << 5 | random.nextInt(2) << 9;
        word |= blocks();
        if (random.nextInt(4) == 0) {
            word |= 1 << 10;
            rule();
        }
        if (random.nextInt(12) == 0) {
            word |= (1 + random.nextInt(3)) << 12;
            copy(CopyMethod.SET_SRC_PHYS_MODE, random.nextInt(4));
            copy(CopyMethod.SET_DST_PHYS_MODE, random.nextInt(4));
        }
        if (random.nextInt(6) == 0) {
            word |= random.nextInt(16) << 14 | random.nextInt(4) << 18;
        }
        if (random.nextInt(20) == 0) {
            renderEnable();
        }
        long semaphore = address();
        copy(CopyMethod.SET_SEMAPHORE_A, (int) (semaphore >>> 32));
        copy(CopyMethod.SET_SEMAPHORE_B, (int) semaphore);
        copy(CopyMethod.SET_SEMAPHORE_PAYLOAD, value());
        copy(CopyMethod.LAUNCH_DMA, random.nextInt(60) == 0 ? random.nextInt() : word);
    }

    private void renderEnable() {
        long address = address();
        copy(CopyMethod.SET_RENDER_ENABLE_A, (int) (address >>> 32));
        copy(CopyMethod.SET_RENDER_ENABLE_B, (int) address);
        copy(CopyMethod.SET_RENDER_ENABLE_C, random.nextInt(6));
    }

    /** The bits that say which side is in lines; what is not gets its blocks. */
    private int blocks() {
        boolean fromLines = random.nextInt(5) != 0;
        boolean toLines = random.nextInt(5) != 0;
        if (!fromLines) {
            copy(CopyMethod.SET_SRC_BLOCK_SIZE, blockSize());
            copy(CopyMethod.SET_SRC_WIDTH, random.nextInt(10) == 0 ? value() : random.nextInt(2048));
            copy(CopyMethod.SET_SRC_HEIGHT, random.nextInt(10) == 0 ? value() : random.nextInt(64));
            copy(CopyMethod.SET_SRC_DEPTH, random.nextInt(4));
            copy(CopyMethod.SET_SRC_LAYER, random.nextInt(10) == 0 ? value() : random.nextInt(4));
            copy(CopyMethod.SET_SRC_ORIGIN, random.nextInt(10) == 0 ? value() : random.nextInt(128));
        }
        if (!toLines) {
            copy(CopyMethod.SET_DST_BLOCK_SIZE, blockSize());
            copy(CopyMethod.SET_DST_WIDTH, random.nextInt(10) == 0 ? value() : random.nextInt(2048));
            copy(CopyMethod.SET_DST_HEIGHT, random.nextInt(10) == 0 ? value() : random.nextInt(64));
            copy(CopyMethod.SET_DST_DEPTH, random.nextInt(4));
            copy(CopyMethod.SET_DST_LAYER, random.nextInt(10) == 0 ? value() : random.nextInt(4));
            copy(CopyMethod.DST_ORIGIN_X, random.nextInt(10) == 0 ? value() : random.nextInt(128));
            copy(CopyMethod.DST_ORIGIN_Y, random.nextInt(10) == 0 ? value() : random.nextInt(16));
        }
        return (fromLines ? 1 << 7 : 0) | (toLines ? 1 << 8 : 0);
    }

    private int blockSize() {
        return random.nextInt(20) == 0
                ? random.nextInt(1 << 16)
                : random.nextInt(6) << 4 | random.nextInt(3) << 8 | 1 << 12;
    }

    private void rule() {
        int sourceComponents = 1 + random.nextInt(4);
        int word = random.nextInt(4) << 16 | (sourceComponents - 1) << 20 | random.nextInt(4) << 24;
        for (int i = 0; i < 4; i++) {
            int takes = random.nextInt(4) == 0 ? 4 + random.nextInt(3) : random.nextInt(sourceComponents);
            word |= (random.nextInt(60) == 0 ? random.nextInt(8) : takes) << (4 * i);
        }
        copy(CopyMethod.SET_REMAP_CONST_A, value());
        copy(CopyMethod.SET_REMAP_CONST_B, value());
        copy(CopyMethod.SET_REMAP_COMPONENTS, word);
    }
}
