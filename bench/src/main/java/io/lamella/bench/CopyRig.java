// SPDX-License-Identifier: Apache-2.0
package io.lamella.bench;

import io.lamella.core.ClientIdentity;
import io.lamella.core.CoreCapability;
import io.lamella.core.CoreOptions;
import io.lamella.core.CoreResource;
import io.lamella.core.CoreSession;
import io.lamella.core.FbRange;
import io.lamella.core.FbRequest;
import io.lamella.core.GpuCore;
import io.lamella.core.GspClient;
import io.lamella.core.RmObject;
import io.lamella.core.RmRequest;
import io.lamella.core.VersionRange;
import io.lamella.gpu.SoftwareGpu;
import io.lamella.gpu.fb.FbSegment;
import io.lamella.gpu.firmware.SyntheticFirmware;
import io.lamella.hw.method.CopyMethod;
import io.lamella.hw.method.GpFifo;
import io.lamella.hw.method.HostMethod;
import io.lamella.hw.method.PushBuffer;
import io.lamella.hw.method.Userd;
import io.lamella.hw.mmu.Aperture;
import io.lamella.hw.reg.Vfn;
import io.lamella.pci.DmaBuffer;
import io.lamella.pci.LocalSlot;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;

/**
 * A software GPU, booted and driven by the core, with a channel on a copy engine, made and fed as a driver does it: page tables, ring, push
 * buffer and semaphore in memory, the user doorbell in BAR0.
 */
final class CopyRig implements AutoCloseable {
    /** How much is copied. */
    static final int AREA_BYTES = 64 << 20;

    /** Two areas of video memory, in pages of 2 MiB. */
    static final long VIDEO_A = 0x10_0000_0000L;

    static final long VIDEO_B = 0x11_0000_0000L;

    /** The first area again, in pages of 4 KiB: in order, from the last to the first, and in random order. */
    static final long VIDEO_SMALL = 0x12_0000_0000L;

    static final long VIDEO_SCATTERED = 0x13_0000_0000L;

    /** An area of the driver's memory, likewise. */
    static final long GART = 0x14_0000_0000L;

    static final long GART_REVERSED = 0x15_0000_0000L;
    static final long GART_SCATTERED = 0x16_0000_0000L;

    static final int RING_ENTRIES = 1024;

    private static final int PAGE_BYTES = 4096;
    private static final int PAGES = AREA_BYTES / PAGE_BYTES;
    private static final int LARGE_BYTES = 2 << 20;
    private static final long CONTROL = 0x1_0000_0000L;
    private static final int RING_AT = 0;
    private static final int USERD_AT = 0x1_0000;
    private static final int SEMAPHORE_AT = 0x2_0000;
    private static final int BEGIN_AT = 0x2_0040;
    private static final int RELEASE_ONE_WORD = 1 << 3;
    private static final int RELEASE_WITH_TIME = 2 << 3;
    private static final int PUSH_AT = 0x10_0000;
    private static final int PUSH_BYTES = 0x10_0000;
    private static final int TABLES_BYTES = 4 << 20;
    private static final int CHANNEL_ID = 5;
    private static final int RUNLIST = 1;
    private static final int ENGINE = 10;
    private static final int SUBCHANNEL = 4;
    private static final int USERD_PAGE_FIXED = 1 << 21;
    private static final long SPIN_NANOS = 50_000;
    private static final long LIMIT_NANOS = 60_000_000_000L;

    private final SoftwareGpu gpu;
    private final LocalSlot slot;
    private final GpuCore core;
    private final CoreSession session;
    private final FbSegment fb;
    private final MemorySegment board;
    private final DmaBuffer system;
    private final GspClient client;
    private final List<CoreResource> held = new ArrayList<>();
    private final long areas;
    private final long control;
    private int put;
    private int pushed;
    private int payload;

    CopyRig() {
        Map<String, byte[]> files = new HashMap<>();
        SyntheticFirmware.releases().forEach(release -> files.putAll(SyntheticFirmware.files(release)));
        gpu = SoftwareGpu.builder("bench").build();
        slot = new LocalSlot(gpu.physicalFunction());
        core = GpuCore.open(slot, name -> Optional.ofNullable(files.get(name)), CoreOptions.DEFAULT);
        session = core.attach(
                new ClientIdentity("bench", ""),
                VersionRange.only(GpuCore.API_VERSION),
                EnumSet.of(CoreCapability.GSP_CLIENT, CoreCapability.FB_MEMORY),
                event -> {});
        fb = gpu.frameBuffer().whole();
        MemorySegment[] found = new MemorySegment[1];
        long all = fb.locate(0, Long.MAX_VALUE, (memory, offset) -> found[0] = memory);
        board = found[0].asSlice(0, all);
        client = session.openGspClient("bench");
        areas = allocate("areas", 2L * AREA_BYTES);
        control = allocate("ring and push buffer", LARGE_BYTES);
        fb.clear(control, LARGE_BYTES);
        system = slot.memory().allocate(AREA_BYTES, LARGE_BYTES);
        PageTableWriter tables = new PageTableWriter(fb, allocate("page tables", TABLES_BYTES), TABLES_BYTES);
        fillTables(tables);
        makeChannel(tables.root());
        push(SUBCHANNEL, HostMethod.SET_OBJECT.offset(), CopyMethod.CLASS_ID);
        submit();
    }

    private long allocate(String label, long sizeBytes) {
        FbRange range = session.allocateFb(
                new FbRequest(label, sizeBytes, FbRequest.Alignment.LARGE_PAGE, FbRequest.Position.TOP_DOWN));
        held.addFirst(range);
        return range.offset();
    }

    /** Which page comes where in areas that are not in order. */
    static int[] order(boolean reversed) {
        int[] order = new int[PAGES];
        Random random = new Random(1);
        for (int i = 0; i < PAGES; i++) {
            int j = reversed ? i : random.nextInt(i + 1);
            order[i] = order[j];
            order[j] = reversed ? PAGES - 1 - i : i;
        }
        return order;
    }

    private void fillTables(PageTableWriter tables) {
        tables.mapLarge(CONTROL, control);
        for (long at = 0; at < AREA_BYTES; at += LARGE_BYTES) {
            tables.mapLarge(VIDEO_A + at, areas + at);
            tables.mapLarge(VIDEO_B + at, areas + AREA_BYTES + at);
        }
        int[] order = order(false);
        for (int i = 0; i < PAGES; i++) {
            long at = (long) i * PAGE_BYTES;
            long scattered = (long) order[i] * PAGE_BYTES;
            tables.mapSmall(VIDEO_SMALL + at, Aperture.VIDEO, areas + at);
            tables.mapSmall(VIDEO_SCATTERED + at, Aperture.VIDEO, areas + scattered);
            tables.mapSmall(GART + at, Aperture.SYSTEM_COHERENT, system.iova() + at);
            tables.mapSmall(GART_REVERSED + at, Aperture.SYSTEM_COHERENT, system.iova() + AREA_BYTES - PAGE_BYTES - at);
            tables.mapSmall(GART_SCATTERED + at, Aperture.SYSTEM_COHERENT, system.iova() + scattered);
        }
    }

    private void makeChannel(long root) {
        RmObject space = client.allocate(client.device(), RmRequest.of("VASPACE"));
        client.control(
                client.device(),
                RmRequest.of("DMA_SET_PAGE_DIRECTORY")
                        .with("physAddress", root)
                        .with("numEntries", 4)
                        .with("hVASpace", Integer.toUnsignedLong(space.handle())));
        RmObject channel = client.allocate(
                client.device(),
                RmRequest.of("AMPERE_CHANNEL")
                        .with("gpFifoOffset", CONTROL + RING_AT)
                        .with("gpFifoEntries", RING_ENTRIES)
                        .with("flags", USERD_PAGE_FIXED | CHANNEL_ID << 8)
                        .with("hVASpace", Integer.toUnsignedLong(space.handle()))
                        .with("engineType", ENGINE)
                        .with("userdMem.base", control + USERD_AT)
                        .with("userdMem.size", Userd.SIZE_BYTES)
                        .with("userdMem.addressSpace", 2));
        client.control(channel, RmRequest.of("CHANNEL_BIND").with("engineType", ENGINE));
        client.control(channel, RmRequest.of("GPFIFO_SCHEDULE").with("bEnable", true));
    }

    /** The first area of video memory as this process sees it. */
    MemorySegment videoA() {
        return board.asSlice(areas, AREA_BYTES);
    }

    MemorySegment videoB() {
        return board.asSlice(areas + AREA_BYTES, AREA_BYTES);
    }

    /** The driver's memory. */
    MemorySegment system() {
        return system.memory();
    }

    // A push: methods, then submit.

    private int length;

    void push(int subchannel, int method, int data) {
        long at = control + PUSH_AT + pushed + length;
        fb.writeInt(at, PushBuffer.incrementing(subchannel, method, 1));
        fb.writeInt(at + 4, data);
        length += 8;
    }

    void set(CopyMethod method, int data) {
        push(SUBCHANNEL, method.offset(), data);
    }

    void setAddresses(long from, long to) {
        set(CopyMethod.OFFSET_IN_UPPER, (int) (from >>> 32));
        set(CopyMethod.OFFSET_IN_LOWER, (int) from);
        set(CopyMethod.OFFSET_OUT_UPPER, (int) (to >>> 32));
        set(CopyMethod.OFFSET_OUT_LOWER, (int) to);
    }

    /** Launches with a release of the semaphore behind it. */
    void launch(int flags) {
        semaphore(SEMAPHORE_AT, ++payload);
        set(CopyMethod.LAUNCH_DMA, flags | RELEASE_ONE_WORD);
    }

    /** The same between two time stamps of the GPU, for {@link #nanos}. */
    void launchTimed(int flags) {
        semaphore(BEGIN_AT, 0);
        set(CopyMethod.LAUNCH_DMA, RELEASE_WITH_TIME);
        semaphore(SEMAPHORE_AT, ++payload);
        set(CopyMethod.LAUNCH_DMA, flags | RELEASE_WITH_TIME);
    }

    private void semaphore(int at, int value) {
        long address = CONTROL + at;
        set(CopyMethod.SET_SEMAPHORE_A, (int) (address >>> 32));
        set(CopyMethod.SET_SEMAPHORE_B, (int) address);
        set(CopyMethod.SET_SEMAPHORE_PAYLOAD, value);
    }

    /** How long the last timed launch took, by the GPU's timer. */
    long nanos() {
        return fb.readLong(control + SEMAPHORE_AT + 8) - fb.readLong(control + BEGIN_AT + 8);
    }

    /** Puts what was pushed into the ring. */
    void submit() {
        fb.writeLong(control + RING_AT + 8L * put, GpFifo.entry(CONTROL + PUSH_AT + pushed, length / 4));
        put = (put + 1) % RING_ENTRIES;
        fb.writeInt(control + USERD_AT + Userd.GP_PUT, put);
        pushed += length;
        length = 0;
        if (pushed > PUSH_BYTES - PAGE_BYTES) {
            pushed = 0;
        }
    }

    void ring() {
        int token = new Vfn.UserDoorbell(0)
                .withRunlist(RUNLIST)
                .withChannel(CHANNEL_ID)
                .raw();
        slot.function().writeBar(0, Vfn.USER_DOORBELL.offset(), 4, Integer.toUnsignedLong(token));
    }

    /** Returns when the last launch is over. */
    void await() {
        long begun = System.nanoTime();
        while (fb.readInt(control + SEMAPHORE_AT) != payload) {
            long waited = System.nanoTime() - begun;
            if (waited > LIMIT_NANOS || !gpu.channelFaults(0).isEmpty()) {
                throw new BenchException("The channel does not come to the end of its work: " + gpu.channelFaults(0));
            }
            if (waited > SPIN_NANOS) {
                LockSupport.parkNanos(50_000);
            } else {
                Thread.onSpinWait();
            }
        }
    }

    @Override
    public void close() {
        client.close();
        held.forEach(CoreResource::close);
        session.close();
        core.close();
        slot.close();
        gpu.close();
    }
}
