// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.gsp;

import static org.assertj.core.api.Assertions.assertThat;

import io.lamella.gpu.fb.FbRange;
import io.lamella.gpu.fb.FrameBuffer;
import io.lamella.gpu.fb.HeapFbStore;
import io.lamella.gpu.mmu.FunctionMemory;
import io.lamella.gpu.mmu.PageTables;
import io.lamella.gpu.port.FunctionShape;
import io.lamella.gpu.port.Vectors;
import io.lamella.gpu.rm.RmIdentity;
import io.lamella.hw.Architecture;
import io.lamella.hw.Chip;
import io.lamella.hw.gsp.GspAbi;
import io.lamella.hw.gsp.GspFunction;
import io.lamella.hw.gsp.GspQueue;
import io.lamella.hw.gsp.NvStatus;
import io.lamella.hw.gsp.RmClass;
import io.lamella.hw.gsp.RmControl;
import io.lamella.hw.struct.Struct;
import io.lamella.pci.DmaMap;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class GspInstanceTest {
    private static final int MIB = 1 << 20;
    private static final int FB_BYTES = 16 * MIB;
    private static final int CLIENT = 0xc1d00001;
    private static final int DEVICE = 0xde1d0000;
    private static final int SUBDEVICE = 0x5d1d0000;
    private static final int VASPACE = 0x90f10000;

    private final FrameBuffer board = new FrameBuffer(new HeapFbStore(32 * MIB));
    private final FunctionMemory memory = new FunctionMemory(
            Architecture.ADA, board.segment(List.of(new FbRange(8 * MIB, FB_BYTES))), 4 * MIB, 4 * MIB);
    private final DmaMap dma = new DmaMap();
    private final FakeHost host = new FakeHost(
            1,
            new FunctionShape(Chip.AD102, 0x26b5, 0x10de, 0x169d, 0xa1, 0x030200, FB_BYTES, 4 * MIB, 4 * MIB, true),
            dma,
            memory,
            null);
    private final GspInstance gsp =
            new GspInstance(host, memory, new RmIdentity("NVIDIA L40-8Q", "L40-8Q", null), null);

    static Stream<GspAbi> releases() {
        return GspAbi.all().stream();
    }

    private ScriptedDriver driver(GspAbi abi) {
        return new ScriptedDriver(abi, dma, FB_BYTES, gsp, host);
    }

    private MemorySegment staticInfo(ScriptedDriver driver) {
        Struct layout = driver.abi().staticInfo();
        ScriptedDriver.Message answer =
                driver.call(GspFunction.GET_GSP_STATIC_INFO, MemorySegment.ofArray(new byte[layout.sizeBytes()]));
        assertThat(answer.result()).isZero();
        assertThat(answer.payload().byteSize()).isEqualTo(layout.sizeBytes());
        return answer.payload();
    }

    @ParameterizedTest
    @MethodSource("releases")
    void bootsAndAnswersWithStaticInfo(GspAbi abi) {
        ScriptedDriver driver = driver(abi).boot();
        assertThat(gsp.status().state()).isEqualTo(GspStatus.State.RUNNING);
        assertThat(gsp.status().release()).isEqualTo(abi.release());
        assertThat(gsp.registry()).containsEntry("RMSecBusResetEnable", "1");
        MemorySegment info = staticInfo(driver);
        Struct layout = abi.staticInfo();
        String region = "fbRegionInfoParams.fbRegion[0].";
        long usable = layout.u64(region + "limit").get(info, 0) + 1;
        assertThat(layout.u32("fbRegionInfoParams.numFBRegions").get(info, 0)).isEqualTo(2);
        assertThat(layout.u64(region + "base").get(info, 0)).isZero();
        assertThat(layout.u64(region + "reserved").get(info, 0)).isZero();
        assertThat(layout.u8(region + "supportISO").get(info, 0)).isEqualTo(1);
        assertThat(layout.u8(region + "supportCompressed").get(info, 0)).isEqualTo(1);
        assertThat(usable).isEqualTo(driver.bootArguments().nonWprHeapOffset() - MIB);
        assertThat(layout.u64("fbRegionInfoParams.fbRegion[1].reserved").get(info, 0))
                .isEqualTo(FB_BYTES - usable);
        assertThat(layout.u64("fb_length").get(info, 0)).isEqualTo(FB_BYTES);
        long bar1Root = layout.u64("bar1PdeBase").get(info, 0);
        assertThat(bar1Root).isBetween(usable, FB_BYTES - 1L);
        assertThat(layout.u64("bar2PdeBase").get(info, 0)).isNotEqualTo(bar1Root);
        byte[] name = info.asSlice(layout.offsetOf("gpuNameString"), 14).toArray(ValueLayout.JAVA_BYTE);
        assertThat(name).isEqualTo("NVIDIA L40-8Q\0".getBytes(StandardCharsets.US_ASCII));
    }

    @ParameterizedTest
    @MethodSource("releases")
    void answersWhatNouveauAsksAtBoot(GspAbi abi) {
        ScriptedDriver driver = driver(abi).boot();
        for (RmControl control : List.of(
                RmControl.GPU_GET_FERMI_GPC_INFO,
                RmControl.INTERNAL_MEMSYS_GET_STATIC_CONFIG,
                RmControl.CE_GET_FAULT_METHOD_BUFFER_SIZE,
                RmControl.GPU_GET_CONSTRUCTED_FALCON_INFO)) {
            assertThat(driver.control(control, driver.params(control)))
                    .as("%s", control)
                    .isZero();
        }
        MemorySegment table = driver.params(RmControl.INTERNAL_INTR_GET_KERNEL_TABLE);
        assertThat(driver.control(RmControl.INTERNAL_INTR_GET_KERNEL_TABLE, table))
                .isZero();
        Struct layout = abi.control(RmControl.INTERNAL_INTR_GET_KERNEL_TABLE);
        assertThat(layout.u16("table[0].engineIdx").get(table, 0)).isEqualTo(abi == GspAbi.R535 ? 49 : 50);
        assertThat(layout.u32("table[0].vectorStall").get(table, 0)).isEqualTo(Vectors.GSP_STALL);
        MemorySegment fifo = driver.params(RmControl.FIFO_GET_DEVICE_INFO_TABLE);
        assertThat(driver.control(RmControl.FIFO_GET_DEVICE_INFO_TABLE, fifo)).isZero();
        assertThat(abi.control(RmControl.FIFO_GET_DEVICE_INFO_TABLE)
                        .u32("numEntries")
                        .get(fifo, 0))
                .as("five copy engines and GR0")
                .isEqualTo(6);
        assertThat(layout.u16("table[6].engineIdx").get(table, 0))
                .isEqualTo(abi.mcEngines().graphics0());
        assertThat(gsp.status().unsupported()).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("releases")
    void bar2TranslatesFromTheEntryThatTheDriverSendsAndBar1FromThePageItWrites(GspAbi abi) {
        ScriptedDriver driver = driver(abi).boot();
        memory.fb().writeInt(0x5000, 0x1234);
        assertThat(memory.readBar2(0x5000, 4)).as("physical before it is bound").isEqualTo(0x1234);
        PageTables tables = new PageTables(memory.fb(), 0x20_0000);
        tables.map4k(0x3000, PageTables.vramPage(0x5000));
        Struct layout = abi.payload(GspFunction.UPDATE_BAR_PDE).orElseThrow();
        MemorySegment payload = MemorySegment.ofArray(new byte[layout.sizeBytes()]);
        layout.u32("info.barType").set(payload, 0, 1);
        layout.u64("info.entryValue").set(payload, 0, memory.fb().readLong(tables.root()));
        layout.u64("info.entryLevelShift").set(payload, 0, 47);
        assertThat(driver.call(GspFunction.UPDATE_BAR_PDE, payload).result()).isZero();
        assertThat(memory.readBar2(0x3000, 4)).isEqualTo(0x1234);
        assertThat(memory.readBar2(0x5000, 4)).isEqualTo(0xffff_ffffL);

        long bar1Root = abi.staticInfo().u64("bar1PdeBase").get(staticInfo(driver), 0);
        assertThat(memory.readBar1(0, 4)).isEqualTo(0xffff_ffffL);
        PageTables bar1 = new PageTables(memory.fb(), bar1Root, 0x30_0000);
        bar1.map64k(0x1_0000, PageTables.vramPage(0));
        assertThat(memory.readBar1(0x1_5000, 4)).isEqualTo(0x1234);
    }

    private static void makeAddressSpace(ScriptedDriver driver, int client) {
        assertThat(driver.alloc(client, client, client, RmClass.ROOT)).isZero();
        assertThat(driver.alloc(client, client, DEVICE, RmClass.DEVICE)).isZero();
        assertThat(driver.alloc(client, DEVICE, SUBDEVICE, RmClass.SUBDEVICE)).isZero();
        assertThat(driver.alloc(client, DEVICE, VASPACE, RmClass.VASPACE)).isZero();
    }

    @ParameterizedTest
    @MethodSource("releases")
    void objectsBelongToTheirClientAndGoWithTheirParents(GspAbi abi) {
        ScriptedDriver driver = driver(abi).boot();
        makeAddressSpace(driver, CLIENT);
        makeAddressSpace(driver, CLIENT + 1);
        assertThat(gsp.status().objects()).isEqualTo(8);
        assertThat(driver.free(CLIENT, DEVICE)).isZero();
        assertThat(gsp.status().objects()).isEqualTo(5);
        assertThat(driver.free(CLIENT, VASPACE)).isEqualTo(NvStatus.INVALID_OBJECT_OLD.code());
        assertThat(driver.free(CLIENT, CLIENT)).isZero();
        assertThat(driver.free(CLIENT + 1, CLIENT + 1)).isZero();
        assertThat(driver.free(0xc2000001, 0xc2000001)).as("the firmware's own").isNotZero();
        assertThat(gsp.status().objects()).isZero();
    }

    @ParameterizedTest
    @MethodSource("releases")
    void anAddressSpaceTakesPageDirectoriesInItsOwnMemoryOnly(GspAbi abi) {
        ScriptedDriver driver = driver(abi).boot();
        makeAddressSpace(driver, CLIENT);
        Struct set = abi.control(RmControl.DMA_SET_PAGE_DIRECTORY);
        int number = abi.number(RmControl.DMA_SET_PAGE_DIRECTORY);
        MemorySegment params = driver.params(RmControl.DMA_SET_PAGE_DIRECTORY);
        set.u64("physAddress").set(params, 0, 0x20_0000);
        set.u32("numEntries").set(params, 0, 4);
        set.u32("hVASpace").set(params, 0, VASPACE);
        assertThat(driver.control(CLIENT, DEVICE, number, params)).isZero();
        for (long outside : new long[] {FB_BYTES, -0x1000, 1L << 40, 0x20_0010}) {
            set.u64("physAddress").set(params, 0, outside);
            assertThat(driver.control(CLIENT, DEVICE, number, params)).isEqualTo(NvStatus.INVALID_ADDRESS.code());
        }
        MemorySegment unset = driver.params(RmControl.DMA_UNSET_PAGE_DIRECTORY);
        abi.control(RmControl.DMA_UNSET_PAGE_DIRECTORY).u32("hVASpace").set(unset, 0, VASPACE);
        int unsetNumber = abi.number(RmControl.DMA_UNSET_PAGE_DIRECTORY);
        assertThat(driver.control(CLIENT, DEVICE, unsetNumber, unset)).isZero();
    }

    @Test
    void whatIsNotThereIsRefusedAndCounted() {
        ScriptedDriver driver = driver(GspAbi.R570).boot();
        assertThat(driver.alloc(CLIENT, CLIENT, CLIENT, RmClass.ROOT)).isZero();
        assertThat(driver.alloc(CLIENT, CLIENT, CLIENT, RmClass.ROOT)).isEqualTo(NvStatus.INSERT_DUPLICATE_NAME.code());
        assertThat(driver.alloc(CLIENT, CLIENT, 1, RmClass.CHANNEL_GROUP)).isEqualTo(NvStatus.NOT_SUPPORTED.code());
        assertThat(driver.alloc(CLIENT, CLIENT, 2, RmClass.SUBDEVICE)).isEqualTo(NvStatus.INVALID_OBJECT_PARENT.code());
        assertThat(driver.alloc(CLIENT, CLIENT, 2, RmClass.DEVICE, MemorySegment.ofArray(new byte[8])))
                .isEqualTo(NvStatus.INVALID_PARAM_STRUCT.code());
        assertThat(driver.alloc(77, 77, 2, RmClass.DEVICE)).isEqualTo(NvStatus.INVALID_CLIENT.code());
        for (int i = 0; i < 3; i++) {
            assertThat(driver.control(CLIENT, CLIENT, 0x20801234, MemorySegment.ofArray(new byte[8])))
                    .isEqualTo(NvStatus.NOT_SUPPORTED.code());
        }
        RmControl scrub = RmControl.INTERNAL_MEMMGR_MEMORY_TRANSFER_WITH_GSP;
        assertThat(driver.control(scrub, driver.params(scrub)))
                .as("only the physical function may")
                .isEqualTo(NvStatus.NOT_SUPPORTED.code());
        assertThat(driver.control(
                        CLIENT,
                        CLIENT,
                        GspAbi.R570.number(RmControl.GPU_GET_FERMI_GPC_INFO),
                        driver.params(RmControl.GPU_GET_FERMI_GPC_INFO)))
                .isEqualTo(NvStatus.INVALID_OBJECT.code());
        assertThat(gsp.status().unsupported().toString())
                .contains("control 0x20801234: 3")
                .contains("class 0xa06c CHANNEL_GROUP: 1")
                .contains("INTERNAL_MEMMGR_MEMORY_TRANSFER_WITH_GSP");
        driver.push(999, MemorySegment.ofArray(new byte[16]));
        gsp.doorbell();
        host.awaitIdle();
        assertThat(Objects.requireNonNull(driver.poll()).result()).isEqualTo(NvStatus.NOT_SUPPORTED.code());
    }

    @Test
    void aDriverCannotFillTheHostWithObjects() {
        ScriptedDriver driver = driver(GspAbi.R570).boot();
        int refused = 0;
        for (int i = 0; i < 1100; i++) {
            if (driver.alloc(CLIENT + i, CLIENT + i, CLIENT + i, RmClass.ROOT) != 0) {
                refused++;
            }
        }
        assertThat(refused).isEqualTo(1100 - 1023);
        assertThat(gsp.status().state()).isEqualTo(GspStatus.State.RUNNING);
    }

    @Test
    void eventsReachWhoeverAskedForThemAndInterrupt() {
        GspAbi abi = GspAbi.R535;
        ScriptedDriver driver = driver(abi).boot();
        makeAddressSpace(driver, CLIENT);
        Struct event = abi.struct("NV0005_ALLOC_PARAMETERS");
        MemorySegment params = MemorySegment.ofArray(new byte[event.sizeBytes()]);
        event.u32("notifyIndex").set(params, 0, 0x04000001);
        assertThat(driver.alloc(CLIENT, SUBDEVICE, 0x007e0000, RmClass.EVENT_KERNEL_CALLBACK, params))
                .isZero();
        int before = host.interrupts();
        gsp.postEvent(1, MemorySegment.ofArray(new byte[8]));
        host.awaitIdle();
        assertThat(driver.poll()).as("not asked for yet").isNull();
        Struct set = abi.control(RmControl.EVENT_SET_NOTIFICATION);
        MemorySegment notification = driver.params(RmControl.EVENT_SET_NOTIFICATION);
        set.u32("event").set(notification, 0, 1);
        set.u32("action").set(notification, 0, 2);
        int number = abi.number(RmControl.EVENT_SET_NOTIFICATION);
        assertThat(driver.control(CLIENT, SUBDEVICE, number, notification)).isZero();
        gsp.postEvent(1, MemorySegment.ofArray(new byte[8]));
        gsp.postEvent(2, MemorySegment.ofArray(new byte[8]));
        host.awaitIdle();
        ScriptedDriver.Message message = Objects.requireNonNull(driver.poll());
        assertThat(message.function()).isEqualTo(0x1003);
        assertThat(message.payload().byteSize()).isEqualTo(32 + 8);
        assertThat(driver.poll()).isNull();
        assertThat(host.interrupts()).isEqualTo(before + 1);
    }

    /** A driver that reads slowly is told of what did not fit at first once it is there, although it never rings. */
    @Test
    void interruptsForEventsThatHadToWaitForRoomComeAfterThem() throws InterruptedException {
        GspAbi abi = GspAbi.R570;
        ScriptedDriver driver = driver(abi).boot();
        makeAddressSpace(driver, CLIENT);
        Struct event = abi.struct("NV0005_ALLOC_PARAMETERS");
        MemorySegment params = MemorySegment.ofArray(new byte[event.sizeBytes()]);
        event.u32("notifyIndex").set(params, 0, 0x04000001);
        driver.alloc(CLIENT, SUBDEVICE, 0x007e0000, RmClass.EVENT_KERNEL_CALLBACK, params);
        MemorySegment notification = driver.params(RmControl.EVENT_SET_NOTIFICATION);
        Struct set = abi.control(RmControl.EVENT_SET_NOTIFICATION);
        set.u32("event").set(notification, 0, 1);
        set.u32("action").set(notification, 0, 2);
        driver.control(CLIENT, SUBDEVICE, abi.number(RmControl.EVENT_SET_NOTIFICATION), notification);
        int events = 100;
        for (int i = 0; i < events; i++) {
            gsp.postEvent(1, MemorySegment.ofArray(new byte[8]));
        }
        host.awaitIdle();
        int read = 0;
        while (driver.poll() != null) {
            read++;
        }
        assertThat(read).isEqualTo(GspQueue.ELEMENT_COUNT - 1);
        int before = host.interrupts();
        // As a driver does: it looks again when it is interrupted, and at no other time.
        long deadline = System.nanoTime() + 10_000_000_000L;
        while (read < events && System.nanoTime() < deadline) {
            if (host.interrupts() != before) {
                before = host.interrupts();
                while (driver.poll() != null) {
                    read++;
                }
            }
            Thread.sleep(1);
        }
        assertThat(read).isEqualTo(events);
        assertThat(gsp.status().eventsDropped()).isZero();
    }

    @ParameterizedTest
    @MethodSource("releases")
    void unloadingAnswersThenShowsTheEndAndTheNextDriverStartsAfresh(GspAbi abi) {
        ScriptedDriver driver = driver(abi).boot();
        for (int round = 0; round < 3; round++) {
            driver.alloc(CLIENT, CLIENT, CLIENT, RmClass.ROOT);
            ScriptedDriver.Message answer =
                    driver.call(GspFunction.UNLOADING_GUEST_DRIVER, MemorySegment.ofArray(new byte[8]));
            assertThat(answer.result()).isZero();
            assertThat(host.mailbox(0)).isEqualTo(0x80000000);
            assertThat(host.isRiscvActive()).isFalse();
            assertThat(gsp.status().state()).isEqualTo(GspStatus.State.UNLOADED);
            gsp.stop();
            host.setMailbox(0, 0);
            driver.prepare();
            driver.boot();
            assertThat(gsp.status().objects()).isZero();
        }
    }

    @ParameterizedTest
    @MethodSource("releases")
    void anOrderlyPowerOffIsAnsweredWithoutAComplaint(GspAbi abi) {
        ScriptedDriver driver = driver(abi).boot();
        int pages = 768;
        Struct layout = abi.payload(GspFunction.ALLOC_MEMORY).orElseThrow();
        MemorySegment payload = MemorySegment.ofArray(new byte[layout.sizeBytes() + 8 * pages]);
        layout.u32("hClient").set(payload, 0, 0xc2000001);
        layout.u32("hDevice").set(payload, 0, 0xde1d0001);
        layout.u32("hMemory").set(payload, 0, 0xcaf00003);
        layout.u32("hClass").set(payload, 0, 0x81);
        layout.u64("length").set(payload, 0, 4096L * pages);
        layout.u32("pageCount").set(payload, 0, pages);
        MemorySegment init = driver.params(RmControl.INTERNAL_FBSR_INIT);
        abi.control(RmControl.INTERNAL_FBSR_INIT).u32("hClient").set(init, 0, 0xc2000001);
        abi.control(RmControl.INTERNAL_FBSR_INIT).u32("hSysMem").set(init, 0, 0xcaf00003);
        assertThat(driver.control(RmControl.INTERNAL_FBSR_INIT, init))
                .as("before the list is there")
                .isEqualTo(NvStatus.INVALID_OBJECT_HANDLE.code());
        assertThat(driver.call(GspFunction.ALLOC_MEMORY, payload).result()).isZero();
        assertThat(driver.control(RmControl.INTERNAL_FBSR_INIT, init)).isZero();
        assertThat(driver.free(0xc2000001, 0xcaf00003)).isZero();
        assertThat(driver.free(0xc2000001, 0xde1d0001)).isEqualTo(NvStatus.INVALID_OBJECT_OLD.code());
        if (abi.has(RmControl.FB_GET_COMPBIT_STORE_INFO)) {
            assertThat(driver.control(
                            0xc2000001,
                            0xde1d0001,
                            abi.number(RmControl.FB_GET_COMPBIT_STORE_INFO),
                            driver.params(RmControl.FB_GET_COMPBIT_STORE_INFO)))
                    .isZero();
        }
        layout.u32("pageCount").set(payload, 0, pages + 1);
        assertThat(driver.call(GspFunction.ALLOC_MEMORY, payload).result())
                .isEqualTo(NvStatus.INVALID_PARAM_STRUCT.code());
        driver.call(GspFunction.UNLOADING_GUEST_DRIVER, MemorySegment.ofArray(new byte[] {1, 0, 0, 0, 3, 0, 0, 0}));
        assertThat(gsp.status().state()).isEqualTo(GspStatus.State.SUSPENDED);
        assertThat(gsp.status().unsupported()).isEmpty();
    }

    @Test
    void longMessagesComeInPiecesBothWays() {
        ScriptedDriver driver = driver(GspAbi.R570).boot();
        MemorySegment params = MemorySegment.ofArray(new byte[150_000]);
        params.fill((byte) 0x5a);
        for (int i = 0; i < 5; i++) {
            assertThat(driver.control(0xc2000001, 0x5d1d0001, 0x20804003, params))
                    .isEqualTo(NvStatus.NOT_SUPPORTED.code());
            assertThat(params.get(ValueLayout.JAVA_BYTE, 149_999)).isEqualTo((byte) 0x5a);
        }
        MemorySegment tooLong = MemorySegment.ofArray(new byte[GspQueue.MAX_PAYLOAD_BYTES]);
        GspAbi.R570.controlEnvelope().u32("paramsSize").set(tooLong, 0, 1 << 30);
        driver.push(GspFunction.GSP_RM_CONTROL.number(), tooLong);
        gsp.doorbell();
        host.awaitIdle();
        assertThat(gsp.status().haltReason()).contains("at most 1048576");
    }

    @Test
    void aFullStatusQueueHoldsAnswersBackUntilTheDriverHasReadSome() {
        ScriptedDriver driver = driver(GspAbi.R570).boot();
        MemorySegment payload = MemorySegment.ofArray(new byte[16]);
        int sent = 0;
        int received = 0;
        for (int round = 0; round < 3; round++) {
            // Two fills of the command queue without reading: more answers than the status queue holds.
            for (int fill = 0; fill < 2; fill++) {
                for (int i = 0; i < 40; i++) {
                    driver.push(GspFunction.FREE.number(), payload);
                    sent++;
                }
                gsp.doorbell();
                host.awaitIdle();
            }
            while (received < sent) {
                gsp.doorbell();
                host.awaitIdle();
                if (driver.poll() != null) {
                    received++;
                }
            }
        }
        assertThat(driver.poll()).isNull();
        assertThat(gsp.status().commands()).isEqualTo(sent + 2);
    }

    @Test
    void mutatedQueuesHaltTheGspAndNothingElse() {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        ScriptedDriver driver = driver(GspAbi.R570);
        int halted = 0;
        for (int i = 0; i < 1500; i++) {
            driver.prepare();
            driver.pushSystemInfoAndRegistry();
            driver.push(
                    GspFunction.GSP_RM_CONTROL.number(),
                    MemorySegment.ofArray(new byte[24 + random.nextInt(3 * 4096)]));
            for (int mutation = random.nextInt(4); mutation >= 0; mutation--) {
                int queue = ScriptedDriver.QUEUES + GspQueue.COMMAND_QUEUE_OFFSET;
                int at = switch (random.nextInt(4)) {
                    case 0 -> random.nextInt(0x1100);
                    case 1 -> ScriptedDriver.QUEUES + random.nextInt(0x40);
                    case 2 -> queue + random.nextInt(0x30);
                    default -> queue + 0x1000 * (1 + random.nextInt(3)) + random.nextInt(0x80);
                };
                driver.memory().set(ValueLayout.JAVA_BYTE, at, (byte) random.nextInt());
            }
            host.tasks().execute(() -> gsp.start(driver.bootArguments()));
            host.awaitIdle();
            gsp.doorbell();
            host.awaitIdle();
            GspStatus status = gsp.status();
            if (status.state() == GspStatus.State.HALTED) {
                assertThat(status.haltReason())
                        .as("seed %d, round %d", seed, i)
                        .isNotEmpty()
                        .doesNotContain("The firmware failed");
                assertThat(host.isRiscvActive()).isFalse();
                halted++;
            }
            gsp.stop();
        }
        assertThat(halted).isGreaterThan(100);
        driver.prepare();
        driver.boot();
    }

    @Test
    void resetTakesObjectsQueuesAndApertures() {
        ScriptedDriver driver = driver(GspAbi.R570).boot();
        driver.alloc(CLIENT, CLIENT, CLIENT, RmClass.ROOT);
        assertThat(memory.bar1().isBound()).isTrue();
        host.tasks().cancelAndWait();
        gsp.reset();
        memory.reset();
        assertThat(memory.bar1().isBound()).isFalse();
        assertThat(gsp.status().state()).isEqualTo(GspStatus.State.OFF);
        driver.push(GspFunction.FREE.number(), MemorySegment.ofArray(new byte[16]));
        gsp.doorbell();
        host.awaitIdle();
        assertThat(driver.poll()).isNull();
        driver.prepare();
        driver.boot();
        assertThat(gsp.status().objects()).isZero();
    }

    @Test
    void memoryTakenAwayUnderTheQueuesHaltsTheGsp() {
        ScriptedDriver driver = driver(GspAbi.R570).boot();
        driver.close();
        gsp.doorbell();
        host.awaitIdle();
        assertThat(gsp.status().state()).isEqualTo(GspStatus.State.HALTED);
        assertThat(gsp.status().haltReason()).contains("cannot be used");
    }
}
