// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.gsp;

import static org.assertj.core.api.Assertions.assertThat;

import io.lamella.gpu.fb.FrameBuffer;
import io.lamella.gpu.fb.HeapFbStore;
import io.lamella.gpu.mmu.FunctionMemory;
import io.lamella.gpu.mmu.PageTables;
import io.lamella.gpu.port.FunctionShape;
import io.lamella.gpu.rm.RmIdentity;
import io.lamella.hw.Architecture;
import io.lamella.hw.Chip;
import io.lamella.hw.gsp.GspAbi;
import io.lamella.hw.gsp.GspEvent;
import io.lamella.hw.gsp.GspFunction;
import io.lamella.hw.gsp.NvStatus;
import io.lamella.hw.gsp.RmClass;
import io.lamella.hw.gsp.RmControl;
import io.lamella.hw.method.GpFifo;
import io.lamella.hw.method.HostMethod;
import io.lamella.hw.method.PushBuffer;
import io.lamella.hw.method.Userd;
import io.lamella.hw.struct.Struct;
import io.lamella.pci.DmaMap;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Channels from the driver's allocation to their end, as nouveau makes them. */
class ChannelObjectsTest {
    private static final int CLIENT = 0xc1d00001;
    private static final int DEVICE = 0xde1d0000;
    private static final int SUBDEVICE = 0x5d1d0000;
    private static final int VASPACE = 0x90f10000;
    private static final int CHANNEL = 0xf1f00013;
    private static final int ID = 0x13;
    private static final int COPY_2 = 11;
    private static final int RUNLIST_2 = 2;
    private static final int MIB = 1 << 20;
    private static final int FB_BYTES = 16 * MIB;
    private static final long TABLES = 0x20_0000;
    private static final long PAGES = 0x10_0000;
    private static final long USERD = PAGES + 0x3000;
    private static final long VA = 0x10_0000_0000L;

    private final FunctionMemory memory =
            new FunctionMemory(Architecture.ADA, new FrameBuffer(new HeapFbStore(FB_BYTES)).whole(), 4 * MIB, 4 * MIB);
    private final DmaMap dma = new DmaMap();
    private final FakeHost host = new FakeHost(
            1,
            new FunctionShape(Chip.AD102, 0x26b5, 0x10de, 0x169d, 0xa1, 0x030200, FB_BYTES, 4 * MIB, 4 * MIB, true),
            dma,
            memory,
            null);
    private final GspInstance gsp = new GspInstance(host, memory, new RmIdentity("test", "test", null), null);
    private int put;

    static Stream<GspAbi> releases() {
        return GspAbi.all().stream();
    }

    @AfterEach
    void close() {
        gsp.close();
        assertThat(gsp.channels().count()).isZero();
    }

    /** A driver with an address space in which the first pages of the test's memory are mapped. */
    private ScriptedDriver driver(GspAbi abi) {
        ScriptedDriver driver = new ScriptedDriver(abi, dma, FB_BYTES, gsp, host).boot();
        assertThat(driver.alloc(CLIENT, CLIENT, CLIENT, RmClass.ROOT)).isZero();
        assertThat(driver.alloc(CLIENT, CLIENT, DEVICE, RmClass.DEVICE)).isZero();
        assertThat(driver.alloc(CLIENT, DEVICE, SUBDEVICE, RmClass.SUBDEVICE)).isZero();
        assertThat(driver.alloc(CLIENT, DEVICE, VASPACE, RmClass.VASPACE)).isZero();
        PageTables tables = new PageTables(memory.fb(), TABLES);
        for (int i = 0; i < 3; i++) {
            tables.map4k(VA + 4096L * i, PageTables.vramPage(PAGES + 4096L * i));
        }
        return driver;
    }

    private void setPageDirectory(ScriptedDriver driver) {
        Struct set = driver.abi().control(RmControl.DMA_SET_PAGE_DIRECTORY);
        MemorySegment params = driver.params(RmControl.DMA_SET_PAGE_DIRECTORY);
        set.u64("physAddress").set(params, 0, TABLES);
        set.u32("numEntries").set(params, 0, 4);
        set.u32("hVASpace").set(params, 0, VASPACE);
        assertThat(driver.control(CLIENT, DEVICE, driver.abi().number(RmControl.DMA_SET_PAGE_DIRECTORY), params))
                .isZero();
    }

    private MemorySegment channelParams(GspAbi abi, int engineType) {
        Struct layout = abi.allocation(RmClass.AMPERE_CHANNEL).orElseThrow();
        MemorySegment params = MemorySegment.ofArray(new byte[layout.sizeBytes()]);
        layout.u64("gpFifoOffset").set(params, 0, VA);
        layout.u32("gpFifoEntries").set(params, 0, 32);
        layout.u32("flags").set(params, 0, 1 << 21 | (ID / 8) << 12 | (ID % 8) << 8);
        layout.u32("hVASpace").set(params, 0, VASPACE);
        layout.u32("engineType").set(params, 0, engineType);
        layout.u64("userdMem.base").set(params, 0, USERD);
        layout.u64("userdMem.size").set(params, 0, 512);
        layout.u32("userdMem.addressSpace").set(params, 0, 2);
        return params;
    }

    private void makeChannel(ScriptedDriver driver) {
        GspAbi abi = driver.abi();
        assertThat(driver.alloc(CLIENT, DEVICE, CHANNEL, RmClass.AMPERE_CHANNEL, channelParams(abi, COPY_2)))
                .isZero();
        MemorySegment bind = driver.params(RmControl.CHANNEL_BIND);
        abi.control(RmControl.CHANNEL_BIND).u32("engineType").set(bind, 0, COPY_2 + 1);
        int bindNumber = abi.number(RmControl.CHANNEL_BIND);
        assertThat(driver.control(CLIENT, CHANNEL, bindNumber, bind)).isEqualTo(NvStatus.INVALID_ARGUMENT.code());
        abi.control(RmControl.CHANNEL_BIND).u32("engineType").set(bind, 0, COPY_2);
        assertThat(driver.control(CLIENT, CHANNEL, bindNumber, bind)).isZero();
        MemorySegment schedule = driver.params(RmControl.GPFIFO_SCHEDULE);
        abi.control(RmControl.GPFIFO_SCHEDULE).u8("bEnable").set(schedule, 0, true);
        assertThat(driver.control(CLIENT, CHANNEL, abi.number(RmControl.GPFIFO_SCHEDULE), schedule))
                .isZero();
        assertThat(driver.alloc(CLIENT, CHANNEL, 0x0004c7b5, RmClass.AMPERE_COPY))
                .isZero();
    }

    private void submit(int... words) {
        for (int i = 0; i < words.length; i++) {
            memory.fb().writeInt(PAGES + 0x1000 + 4L * i, words[i]);
        }
        memory.fb().writeLong(PAGES + 8L * put, GpFifo.entry(VA + 0x1000, words.length));
        put++;
        memory.fb().writeInt(USERD + Userd.GP_PUT, put);
        gsp.workDoorbell(RUNLIST_2 << 16 | ID);
    }

    private void submitRelease(int value) {
        submit(
                PushBuffer.incrementing(0, HostMethod.SEM_ADDR_LO.offset(), 5),
                (int) VA + 0x2000,
                (int) (VA >>> 32),
                value,
                0,
                1);
    }

    private void awaitRelease(int value) {
        long end = System.nanoTime() + 10_000_000_000L;
        while (memory.fb().readInt(PAGES + 0x2000) != value) {
            assertThat(System.nanoTime()).as("release of " + value).isLessThan(end);
            LockSupport.parkNanos(100_000);
        }
    }

    @ParameterizedTest
    @MethodSource("releases")
    void aChannelWorksUntilItIsFreed(GspAbi abi) {
        ScriptedDriver driver = driver(abi);
        setPageDirectory(driver);
        makeChannel(driver);
        submitRelease(7);
        awaitRelease(7);
        submitRelease(8);
        awaitRelease(8);
        assertThat(gsp.channels().count()).isEqualTo(1);
        assertThat(driver.free(CLIENT, CLIENT)).isZero();
        assertThat(gsp.channels().count()).isZero();
    }

    @ParameterizedTest
    @MethodSource("releases")
    void theOtherWayToSetAPageDirectoryDoesTheSame(GspAbi abi) {
        ScriptedDriver driver = driver(abi);
        Struct copy = abi.control(RmControl.VASPACE_COPY_SERVER_RESERVED_PDES);
        MemorySegment params = driver.params(RmControl.VASPACE_COPY_SERVER_RESERVED_PDES);
        copy.u32("numLevelsToCopy").set(params, 0, 3);
        copy.u64("levels[0].physAddress").set(params, 0, TABLES);
        copy.u32("levels[0].aperture").set(params, 0, 1);
        copy.u8("levels[0].pageShift").set(params, 0, 47);
        int number = abi.number(RmControl.VASPACE_COPY_SERVER_RESERVED_PDES);
        assertThat(driver.control(CLIENT, VASPACE, number, params)).isZero();
        makeChannel(driver);
        submitRelease(7);
        awaitRelease(7);
    }

    @ParameterizedTest
    @MethodSource("releases")
    void aFaultIsToldAndTheNextChannelWorks(GspAbi abi) {
        ScriptedDriver driver = driver(abi);
        makeChannel(driver);
        int interruptsBefore = host.interrupts();
        submitRelease(7);
        long end = System.nanoTime() + 10_000_000_000L;
        while (gsp.channels().faults().isEmpty() || host.interrupts() == interruptsBefore) {
            assertThat(System.nanoTime()).as("the fault").isLessThan(end);
            LockSupport.parkNanos(100_000);
        }
        host.awaitIdle();
        ScriptedDriver.Message log = Objects.requireNonNull(driver.poll());
        assertThat(log.function()).isEqualTo(GspEvent.OS_ERROR_LOG.number());
        Struct logLayout = abi.payload(GspEvent.OS_ERROR_LOG).orElseThrow();
        assertThat(log.payload().byteSize()).isEqualTo(logLayout.sizeBytes());
        assertThat(logLayout.u32("exceptType").get(log.payload(), 0)).isEqualTo(31);
        byte[] text = log.payload().asSlice(logLayout.offsetOf("errString"), 80).toArray(ValueLayout.JAVA_BYTE);
        assertThat(new String(text, StandardCharsets.US_ASCII)).contains("Ch 00000013, engine CE2", "0x1000000000");
        ScriptedDriver.Message recovery = Objects.requireNonNull(driver.poll());
        assertThat(recovery.function()).isEqualTo(GspEvent.RC_TRIGGERED.number());
        Struct layout = abi.payload(GspEvent.RC_TRIGGERED).orElseThrow();
        assertThat(recovery.payload().byteSize()).isEqualTo(layout.sizeBytes());
        assertThat(layout.u32("chid").get(recovery.payload(), 0)).isEqualTo(ID);
        assertThat(layout.u32("nv2080EngineType").get(recovery.payload(), 0)).isEqualTo(COPY_2);
        assertThat(layout.u32("exceptType").get(recovery.payload(), 0)).isEqualTo(31);
        assertThat(driver.poll()).isNull();

        assertThat(driver.free(CLIENT, CHANNEL)).isZero();
        setPageDirectory(driver);
        put = 0;
        memory.fb().writeInt(USERD + Userd.GP_PUT, 0);
        makeChannel(driver);
        submitRelease(9);
        awaitRelease(9);
    }

    /** As nouveau suspends and resumes: the driver's objects, its queues and its channels are where they were. */
    @ParameterizedTest
    @MethodSource("releases")
    void aChannelSleepsWithTheMachineAndGoesOn(GspAbi abi) throws InterruptedException {
        ScriptedDriver driver = driver(abi);
        setPageDirectory(driver);
        makeChannel(driver);
        submitRelease(7);
        awaitRelease(7);
        int objects = gsp.status().objects();
        for (int round = 8; round < 11; round++) {
            toggleScheduling(driver, true);
            Struct layout = abi.payload(GspFunction.UNLOADING_GUEST_DRIVER).orElseThrow();
            MemorySegment sleeping = MemorySegment.ofArray(new byte[layout.sizeBytes()]);
            layout.u8("bInPMTransition").set(sleeping, 0, true);
            layout.u32("newLevel").set(sleeping, 0, 3);
            driver.call(GspFunction.UNLOADING_GUEST_DRIVER, sleeping);
            assertThat(host.mailbox(0)).isEqualTo(0x80000000);
            assertThat(gsp.status().state()).isEqualTo(GspStatus.State.SUSPENDED);
            // The driver resets the GSP's core.
            gsp.stop();
            submitRelease(round);
            Thread.sleep(20);
            assertThat(memory.fb().readInt(PAGES + 0x2000)).as("it sleeps").isEqualTo(round - 1);
            assertThat(gsp.channels().count()).isEqualTo(1);

            driver.setResuming(true);
            host.tasks().execute(() -> assertThat(gsp.resume()).isTrue());
            host.awaitIdle();
            assertThat(Objects.requireNonNull(driver.poll()).function()).isEqualTo(GspEvent.GSP_INIT_DONE.number());
            toggleScheduling(driver, false);
            awaitRelease(round);
            assertThat(gsp.status().state()).isEqualTo(GspStatus.State.RUNNING);
            assertThat(gsp.status().objects()).isEqualTo(objects);
        }
        assertThat(gsp.resume()).as("nothing sleeps").isFalse();
    }

    private static void toggleScheduling(ScriptedDriver driver, boolean disable) {
        RmControl toggle = RmControl.INTERNAL_FIFO_TOGGLE_ACTIVE_CHANNEL_SCHEDULING;
        if (driver.abi().has(toggle)) {
            MemorySegment params = driver.params(toggle);
            driver.abi().control(toggle).u8("bDisableActiveChannels").set(params, 0, disable);
            assertThat(driver.control(toggle, params)).isZero();
        }
    }

    /** Nobody comes back: a driver that boots the GSP anew finds nothing of the one that sleeps; so does the next guest. */
    @ParameterizedTest
    @MethodSource("releases")
    void whatSleepsIsForgottenByABootAndByAReset(GspAbi abi) {
        for (boolean reset : new boolean[] {false, true}) {
            ScriptedDriver driver = driver(abi);
            setPageDirectory(driver);
            makeChannel(driver);
            Struct layout = abi.payload(GspFunction.UNLOADING_GUEST_DRIVER).orElseThrow();
            MemorySegment sleeping = MemorySegment.ofArray(new byte[layout.sizeBytes()]);
            layout.u8("bInPMTransition").set(sleeping, 0, true);
            driver.call(GspFunction.UNLOADING_GUEST_DRIVER, sleeping);
            assertThat(gsp.channels().count()).isEqualTo(1);
            if (reset) {
                gsp.reset();
            } else {
                driver.prepare();
                driver.boot();
            }
            assertThat(gsp.channels().count()).isZero();
            assertThat(gsp.status().objects()).isZero();
            assertThat(gsp.resume()).isFalse();
            gsp.stop();
            driver.close();
        }
    }

    /** A thousand errors one after the other, as nouveau recovers from each: nothing is left of them. */
    @Test
    void aThousandStoppedChannelsLeaveNothing() {
        GspAbi abi = GspAbi.R570;
        ScriptedDriver driver = driver(abi);
        faultAndFree(driver, 10);
        int objects = gsp.status().objects();
        long threads = engineThreads();
        faultAndFree(driver, 1000);
        assertThat(gsp.channels().count()).isZero();
        assertThat(gsp.channels().faults()).hasSizeLessThanOrEqualTo(32);
        assertThat(gsp.status().objects()).isEqualTo(objects);
        assertThat(gsp.status().eventsDropped()).isZero();
        assertThat(engineThreads()).isLessThanOrEqualTo(threads);
        setPageDirectory(driver);
        put = 0;
        memory.fb().writeInt(USERD + Userd.GP_PUT, 0);
        makeChannel(driver);
        submitRelease(9);
        awaitRelease(9);
    }

    private void faultAndFree(ScriptedDriver driver, int times) {
        for (int i = 0; i < times; i++) {
            put = 0;
            memory.fb().writeInt(USERD + Userd.GP_PUT, 0);
            makeChannel(driver);
            submitRelease(7);
            ScriptedDriver.Message log = awaitMessage(driver);
            assertThat(log.function()).isEqualTo(GspEvent.OS_ERROR_LOG.number());
            assertThat(awaitMessage(driver).function()).isEqualTo(GspEvent.RC_TRIGGERED.number());
            assertThat(driver.free(CLIENT, CHANNEL)).isZero();
        }
    }

    private ScriptedDriver.Message awaitMessage(ScriptedDriver driver) {
        long end = System.nanoTime() + 10_000_000_000L;
        ScriptedDriver.Message message = driver.poll();
        while (message == null) {
            assertThat(System.nanoTime()).as("a message").isLessThan(end);
            LockSupport.parkNanos(20_000);
            host.awaitIdle();
            message = driver.poll();
        }
        return message;
    }

    private static long engineThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("test"))
                .count();
    }

    @ParameterizedTest
    @MethodSource("releases")
    void channelsThatCannotBeAreRefused(GspAbi abi) {
        ScriptedDriver driver = driver(abi);
        Struct layout = abi.allocation(RmClass.AMPERE_CHANNEL).orElseThrow();
        int[] statuses = new int[6];
        MemorySegment[] wrong = new MemorySegment[statuses.length];
        for (int i = 0; i < wrong.length; i++) {
            wrong[i] = channelParams(abi, COPY_2);
        }
        layout.u32("engineType").set(wrong[0], 0, 14);
        layout.u32("gpFifoEntries").set(wrong[1], 0, 0);
        layout.u32("hVASpace").set(wrong[2], 0, DEVICE);
        layout.u64("userdMem.base").set(wrong[3], 0, FB_BYTES - 256);
        layout.u64("userdMem.base").set(wrong[4], 0, -512);
        layout.u32("userdMem.addressSpace").set(wrong[5], 0, 1);
        for (int i = 0; i < wrong.length; i++) {
            statuses[i] = driver.alloc(CLIENT, DEVICE, CHANNEL, RmClass.AMPERE_CHANNEL, wrong[i]);
        }
        assertThat(statuses)
                .containsExactly(
                        NvStatus.INVALID_ARGUMENT.code(),
                        NvStatus.INVALID_ARGUMENT.code(),
                        NvStatus.INVALID_OBJECT_HANDLE.code(),
                        NvStatus.INVALID_ADDRESS.code(),
                        NvStatus.INVALID_ADDRESS.code(),
                        NvStatus.NOT_SUPPORTED.code());
        assertThat(driver.alloc(CLIENT, DEVICE, CHANNEL, RmClass.AMPERE_CHANNEL, channelParams(abi, COPY_2)))
                .isZero();
        assertThat(driver.alloc(CLIENT, DEVICE, CHANNEL + 1, RmClass.AMPERE_CHANNEL, channelParams(abi, COPY_2)))
                .as("the same id twice")
                .isEqualTo(NvStatus.STATE_IN_USE.code());
        assertThat(driver.alloc(CLIENT, CHANNEL, 1, RmClass.ADA_3D)).isEqualTo(NvStatus.INVALID_CLASS.code());
    }

    @ParameterizedTest
    @MethodSource("releases")
    void contextsOfGraphicsCanBePrepared(GspAbi abi) {
        ScriptedDriver driver = driver(abi);
        assertThat(driver.alloc(CLIENT, DEVICE, CHANNEL, RmClass.AMPERE_CHANNEL, channelParams(abi, 1)))
                .isZero();
        RmControl sizes = RmControl.INTERNAL_STATIC_KGR_GET_CONTEXT_BUFFERS_INFO;
        MemorySegment answer = driver.params(sizes);
        assertThat(driver.control(sizes, answer)).isZero();
        assertThat(abi.control(sizes)
                        .u32("engineContextBuffersInfo[0].engine[0].size")
                        .get(answer, 0))
                .isEqualTo(4096);
        Struct promote = abi.control(RmControl.GPU_PROMOTE_CTX);
        MemorySegment params = driver.params(RmControl.GPU_PROMOTE_CTX);
        promote.u32("hChanClient").set(params, 0, CLIENT);
        promote.u32("hObject").set(params, 0, CHANNEL);
        promote.u32("entryCount").set(params, 0, 9);
        int number = abi.number(RmControl.GPU_PROMOTE_CTX);
        assertThat(driver.control(CLIENT, SUBDEVICE, number, params)).isZero();
        assertThat(driver.alloc(CLIENT, CHANNEL, 0x97000000, RmClass.ADA_3D)).isZero();
        assertThat(driver.alloc(CLIENT, CHANNEL, 1, RmClass.AMPERE_COPY)).isEqualTo(NvStatus.INVALID_CLASS.code());
        MemorySegment schedule = driver.params(RmControl.GPFIFO_SCHEDULE);
        assertThat(driver.control(CLIENT, CHANNEL, abi.number(RmControl.GPFIFO_SCHEDULE), schedule))
                .as("graphics has a runlist")
                .isZero();
        assertThat(driver.free(CLIENT, CHANNEL)).isZero();
    }
}
