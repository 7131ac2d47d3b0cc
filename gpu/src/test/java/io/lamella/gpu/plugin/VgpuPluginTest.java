// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.plugin;

import static org.assertj.core.api.Assertions.assertThat;

import io.lamella.gpu.ce.CopyEngines;
import io.lamella.gpu.fb.FbSegment;
import io.lamella.gpu.fb.FrameBuffer;
import io.lamella.gpu.fb.SharedFbStore;
import io.lamella.gpu.gsp.FakeHost;
import io.lamella.gpu.gsp.GspInstance;
import io.lamella.gpu.gsp.GspStatus;
import io.lamella.gpu.gsp.ScriptedDriver;
import io.lamella.gpu.host.Channel;
import io.lamella.gpu.host.ChannelSpec;
import io.lamella.gpu.host.FunctionChannels;
import io.lamella.gpu.host.Runlist;
import io.lamella.gpu.mmu.AddressSpace;
import io.lamella.gpu.mmu.EngineMemory;
import io.lamella.gpu.mmu.FunctionMemory;
import io.lamella.gpu.mmu.PageTables;
import io.lamella.gpu.port.FunctionShape;
import io.lamella.hw.Architecture;
import io.lamella.hw.Chip;
import io.lamella.hw.gsp.GspAbi;
import io.lamella.hw.gsp.GspEvent;
import io.lamella.hw.gsp.GspFunction;
import io.lamella.hw.gsp.GspQueue;
import io.lamella.hw.gsp.NvStatus;
import io.lamella.hw.gsp.RmControl;
import io.lamella.hw.method.Userd;
import io.lamella.hw.struct.Struct;
import io.lamella.hw.vgpu.HostRpc;
import io.lamella.hw.vgpu.HostRpcMessage;
import io.lamella.hw.vgpu.PluginNotifier;
import io.lamella.pci.DmaMap;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class VgpuPluginTest {
    private static final long MIB = 1L << 20;
    private static final long BOARD_BYTES = 2048 * MIB;
    private static final long GUEST_BYTES = 256 * MIB;
    private static final int TYPE = 869;
    private static final int CHANNELS = 32;
    private static final long HEAPS = 1024 * MIB;
    private static final long HEAP_BYTES = 32 * MIB;
    static final UUID VGPU_UUID = UUID.fromString("0f0e0d0c-0b0a-0908-0706-050403020100");

    private final FrameBuffer board = new FrameBuffer(new SharedFbStore("lamella-plugin-test", BOARD_BYTES));
    private final FunctionMemory memory = new FunctionMemory(Architecture.ADA, board.whole(), 256 * MIB, 32 * MIB);
    private final FakeFunctions functions = new FakeFunctions(4);
    private final DmaMap dma = new DmaMap();
    private final FakeHost host = new FakeHost(
            0,
            new FunctionShape(
                    Chip.AD102, 0x26b5, 0x10de, 0x169d, 0xa1, 0x030200, BOARD_BYTES, 256 * MIB, 32 * MIB, true),
            dma,
            memory,
            functions);
    private final PhysicalGsp firmware = new PhysicalGsp(board, "NVIDIA L40", "L40");
    private final GspInstance gsp = (GspInstance) firmware.create(host);
    private final VgpuPlugin plugin = Objects.requireNonNull(firmware.plugin());

    static Stream<GspAbi> releases() {
        return GspAbi.all().stream();
    }

    @AfterEach
    void close() {
        gsp.close();
        board.close();
    }

    private ScriptedDriver manager(GspAbi abi) {
        ScriptedDriver driver = new ScriptedDriver(abi, dma, BOARD_BYTES, gsp, host).boot();
        RmControl control = RmControl.VGPU_MGR_ADD_VGPU_TYPE;
        MemorySegment params = driver.params(control);
        Struct layout = abi.control(control);
        layout.u8("discardVgpuTypes").set(params, 0, true);
        layout.u32("vgpuInfoCount").set(params, 0, 2);
        for (int i = 0; i < 2; i++) {
            String type = "vgpuInfo[" + i + "].";
            layout.u32(type + "vgpuType").set(params, 0, TYPE + i);
            layout.bytes(type + "vgpuName").setText(params, 0, "NVIDIA L40-Test" + i);
            layout.u64(type + "fbLength").set(params, 0, GUEST_BYTES << i);
            layout.u64(type + "bar1Length").set(params, 0, 256);
            layout.u64(type + "vdevId").set(params, 0, 0x26b5_176dL);
        }
        assertThat(driver.control(control, params)).isZero();
        return driver;
    }

    private static long guestBase(int gfid) {
        return (gfid - 1) * GUEST_BYTES;
    }

    private static long heapBase(int gfid) {
        return HEAPS + (gfid - 1) * HEAP_BYTES;
    }

    /** Boot parameters as a host that does everything right has them, after a change. */
    private static MemorySegment bootParams(ScriptedDriver driver, int gfid, Consumer<MemorySegment> change) {
        Struct layout = driver.abi().control(RmControl.VGPU_MGR_BOOTLOAD_PLUGIN_TASK);
        MemorySegment params = driver.params(RmControl.VGPU_MGR_BOOTLOAD_PLUGIN_TASK);
        layout.u32("gfid").set(params, 0, gfid);
        layout.u32("vgpuType").set(params, 0, TYPE);
        layout.u32("numChannels").set(params, 0, CHANNELS);
        layout.u32("numPluginChannels").set(params, 0, 1);
        layout.u32("numGuestFbSegments").set(params, 0, 1);
        layout.u64("guestFbPhysAddrList[0]").set(params, 0, guestBase(gfid));
        layout.u64("guestFbLengthList[0]").set(params, 0, GUEST_BYTES);
        layout.u64("pluginHeapMemoryPhysAddr").set(params, 0, heapBase(gfid));
        layout.u64("pluginHeapMemoryLength").set(params, 0, HEAP_BYTES);
        for (int engine = 0; layout.find("chidOffset[" + engine + "]").isPresent(); engine++) {
            layout.u32("chidOffset[" + engine + "]").set(params, 0, (gfid - 1) * CHANNELS);
        }
        change.accept(params);
        return params;
    }

    private int boot(ScriptedDriver driver, int gfid, Consumer<MemorySegment> change) {
        HostRpc rpc = HostRpc.of(driver.abi());
        FbSegment fb = board.whole();
        long control = heapBase(gfid) + HostRpc.CONTROL_BUFFER.offset();
        fb.writeLong(control + rpc.control().offsetOf("response_buff_offset"), HostRpc.RESPONSE_BUFFER.offset());
        fb.writeLong(control + rpc.control().offsetOf("message_buff_offset"), HostRpc.MESSAGE_BUFFER.offset());
        return driver.control(RmControl.VGPU_MGR_BOOTLOAD_PLUGIN_TASK, bootParams(driver, gfid, change));
    }

    private int boot(ScriptedDriver driver, int gfid) {
        return boot(driver, gfid, params -> {});
    }

    private static int gfidControl(ScriptedDriver driver, RmControl control, int gfid) {
        MemorySegment params = driver.params(control);
        driver.abi().control(control).u32("gfid").set(params, 0, gfid);
        return driver.control(control, params);
    }

    private static int shutdown(ScriptedDriver driver, int gfid) {
        return gfidControl(driver, RmControl.VGPU_MGR_SHUTDOWN_PLUGIN_TASK, gfid);
    }

    private static int cleanUp(ScriptedDriver driver, int gfid) {
        return gfidControl(driver, RmControl.VGPU_MGR_PLUGIN_CLEANUP, gfid);
    }

    private HostEnd hostEnd(ScriptedDriver driver, int gfid) {
        return new HostEnd(driver.abi(), gfid, heapBase(gfid), board.whole(), gsp, host);
    }

    @ParameterizedTest
    @MethodSource("releases")
    void aVgpuComesToLifeAndItsGuestFindsAGpuOfItsSize(GspAbi abi) {
        ScriptedDriver driver = manager(abi);
        assertThat(boot(driver, 2)).as("%s", plugin.lastRefusal()).isZero();
        HostEnd end = hostEnd(driver, 2);
        assertThat(end.isReady()).isTrue();
        assertThat(end.negotiate()).isZero();
        assertThat(end.configure(TYPE)).isZero();
        assertThat(end.allowsBusMaster()).isTrue();
        VgpuStatus status = plugin.vgpus().getFirst();
        assertThat(status.state()).isEqualTo(VgpuStatus.State.ACTIVE);
        assertThat(status.uuid()).isEqualTo(VGPU_UUID);
        assertThat(status.busMasterEnabled()).isTrue();

        FakeFunctions.Active function = functions.at(2);
        assertThat(function.shape().frameBufferBytes()).isEqualTo(GUEST_BYTES);
        assertThat(function.shape().deviceId()).isEqualTo(0x26b5);
        assertThat(function.shape().subsystemId()).isEqualTo(0x176d);
        for (GspAbi guestAbi : GspAbi.all()) {
            ScriptedDriver guest =
                    new ScriptedDriver(guestAbi, function.dma(), GUEST_BYTES, function.gsp(), function.host());
            guest.boot();
            Struct layout = guestAbi.staticInfo();
            MemorySegment info = guest.call(
                            GspFunction.GET_GSP_STATIC_INFO, MemorySegment.ofArray(new byte[layout.sizeBytes()]))
                    .payload();
            assertThat(layout.u64("fb_length").get(info, 0)).isEqualTo(GUEST_BYTES);
            assertThat(layout.u32("sriovCaps.totalVFs").get(info, 0)).isZero();
            assertThat(layout.bytes("gpuNameString").text(info, 0)).isEqualTo("NVIDIA L40-Test0");
            GspStatus seen = Objects.requireNonNull(plugin.vgpus().getFirst().guest());
            assertThat(seen.release()).isEqualTo(guestAbi.release());
            function.host().tasks().cancelAndWait();
            function.gsp().reset();
            guest.close();
        }
        assertThat(shutdown(driver, 2)).isZero();
        assertThat(functions.isActive(2)).isFalse();
        assertThat(cleanUp(driver, 2)).isZero();
        assertThat(plugin.vgpus()).isEmpty();
        assertThat(boot(driver, 2)).isZero();
    }

    @ParameterizedTest
    @MethodSource("releases")
    void everyNumberOfTheBootRequestIsChecked(GspAbi abi) {
        ScriptedDriver driver = manager(abi);
        Struct layout = abi.control(RmControl.VGPU_MGR_BOOTLOAD_PLUGIN_TASK);
        assertThat(boot(driver, 1)).isZero();
        record Case(String expected, Consumer<MemorySegment> change) {}
        Stream.of(
                        new Case(
                                "no function with GFID 0",
                                p -> layout.u32("gfid").set(p, 0, 0)),
                        new Case("from 1 to 4", p -> layout.u32("gfid").set(p, 0, 5)),
                        new Case("has a vGPU", p -> layout.u32("gfid").set(p, 0, 1)),
                        new Case("no vGPU type", p -> layout.u32("vgpuType").set(p, 0, 1)),
                        new Case(
                                "has 536870912 bytes",
                                p -> layout.u32("vgpuType").set(p, 0, TYPE + 1)),
                        new Case(
                                "0 parts", p -> layout.u32("numGuestFbSegments").set(p, 0, 0)),
                        new Case(
                                "385 parts",
                                p -> layout.u32("numGuestFbSegments").set(p, 0, 385)),
                        new Case(
                                "VMMU segments",
                                p -> layout.u64("guestFbPhysAddrList[0]").set(p, 0, guestBase(2) + MIB)),
                        new Case(
                                "overlaps",
                                p -> layout.u64("guestFbPhysAddrList[0]").set(p, 0, guestBase(1))),
                        new Case(
                                "reaches beyond",
                                p -> layout.u64("guestFbPhysAddrList[0]").set(p, 0, BOARD_BYTES - GUEST_BYTES)),
                        new Case(
                                "reaches beyond",
                                p -> layout.u64("guestFbPhysAddrList[0]").set(p, 0, BOARD_BYTES)),
                        new Case(
                                "No range",
                                p -> layout.u64("guestFbPhysAddrList[0]").set(p, 0, -1L << 26)),
                        new Case(
                                "No range",
                                p -> layout.u64("guestFbLengthList[0]").set(p, 0, -1)),
                        new Case(
                                "bytes of memory, not",
                                p -> layout.u64("guestFbLengthList[0]").set(p, 0, GUEST_BYTES * 2)),
                        new Case(
                                "overlaps",
                                p -> layout.u64("pluginHeapMemoryPhysAddr").set(p, 0, guestBase(2))),
                        new Case(
                                "overlaps",
                                p -> layout.u64("pluginHeapMemoryPhysAddr").set(p, 0, guestBase(1))),
                        new Case(
                                "overlaps",
                                p -> layout.u64("pluginHeapMemoryPhysAddr").set(p, 0, heapBase(1))),
                        new Case(
                                "buffers alone",
                                p -> layout.u64("pluginHeapMemoryLength").set(p, 0, MIB)),
                        new Case(
                                "reaches beyond",
                                p -> layout.u64("pluginHeapMemoryPhysAddr").set(p, 0, BOARD_BYTES - HEAP_BYTES)),
                        new Case(
                                "does not lie in the management heap",
                                p -> layout.u64("ctrlBuffOffset").set(p, 0, HEAP_BYTES - 8)),
                        new Case("response buffer", p -> {
                            layout.u64("pluginHeapMemoryPhysAddr").set(p, 0, heapBase(3));
                            long control =
                                    heapBase(3) + HostRpc.of(abi).control().offsetOf("response_buff_offset");
                            board.whole().writeLong(control, -8);
                        }),
                        new Case(
                                "overlap those of the vGPU with GFID 1",
                                p -> layout.u32("chidOffset[9]").set(p, 0, CHANNELS - 1)),
                        new Case("0 channels", p -> layout.u32("numChannels").set(p, 0, 0)),
                        new Case("4096 channels", p -> layout.u32("numChannels").set(p, 0, 4096)),
                        new Case(
                                "33 of them",
                                p -> layout.u32("numPluginChannels").set(p, 0, 33)),
                        new Case(
                                "Channel ids 2047",
                                p -> layout.u32("chidOffset[3]").set(p, 0, 2047)))
                .forEach(each -> {
                    assertThat(boot(driver, 2, each.change)).as(each.expected).isNotZero();
                    assertThat(plugin.lastRefusal()).contains(each.expected);
                    assertThat(functions.isActive(2)).isFalse();
                });
        functions.enable(1);
        assertThat(boot(driver, 2)).isEqualTo(NvStatus.INVALID_STATE.code());
        assertThat(plugin.lastRefusal()).contains("not switched on");
        functions.enable(4);
        assertThat(boot(driver, 2)).as("%s", plugin.lastRefusal()).isZero();
    }

    @ParameterizedTest
    @MethodSource("releases")
    void staticInformationSaysWhatAVirtualFunctionHas(GspAbi abi) {
        ScriptedDriver driver = manager(abi);
        Struct layout = abi.staticInfo();
        MemorySegment info = driver.call(
                        GspFunction.GET_GSP_STATIC_INFO, MemorySegment.ofArray(new byte[layout.sizeBytes()]))
                .payload();
        assertThat(layout.u32("sriovCaps.totalVFs").get(info, 0)).isEqualTo(4);
        assertThat(layout.u64("sriovCaps.bar0Size").get(info, 0)).isEqualTo(functions.barBytes(0));
        assertThat(layout.u64("sriovCaps.bar1Size").get(info, 0)).isEqualTo(functions.barBytes(1));
        assertThat(layout.u64("sriovCaps.bar2Size").get(info, 0)).isEqualTo(functions.barBytes(3));
    }

    @Test
    void messagesHaveTheirOrderAndWhatIsNotThereIsRefused() {
        ScriptedDriver driver = manager(GspAbi.R570);
        assertThat(boot(driver, 1)).isZero();
        HostEnd end = hostEnd(driver, 1);
        MemorySegment nothing = MemorySegment.ofArray(new byte[64]);
        assertThat(end.configure(TYPE)).isEqualTo(NvStatus.INVALID_STATE.code());
        assertThat(plugin.vgpus().getFirst().refusal()).contains("no time for its configuration");
        assertThat(end.negotiate()).isZero();
        assertThat(end.call(HostRpcMessage.RESET, nothing)).isEqualTo(NvStatus.INVALID_STATE.code());
        assertThat(end.configure(TYPE + 1)).isEqualTo(NvStatus.INVALID_ARGUMENT.code());
        assertThat(end.configure(TYPE)).isZero();
        assertThat(end.call(HostRpcMessage.MIGRATION_SAVE_STATE, nothing)).isEqualTo(NvStatus.NOT_SUPPORTED.code());
        assertThat(end.call(4711, nothing)).isEqualTo(NvStatus.NOT_SUPPORTED.code());
        FakeFunctions.Active function = functions.at(1);
        new ScriptedDriver(GspAbi.R535, function.dma(), GUEST_BYTES, function.gsp(), function.host()).boot();
        assertThat(function.memory().bar1().isBound()).isTrue();
        board.whole().writeInt(guestBase(1) + 0x1000, 42);
        assertThat(end.call(HostRpcMessage.RESET, nothing)).isZero();
        assertThat(function.gsp().status().state()).isEqualTo(GspStatus.State.OFF);
        assertThat(function.memory().bar1().isBound()).isFalse();
        assertThat(board.whole().readInt(guestBase(1) + 0x1000))
                .as("memory is the host's to clear")
                .isEqualTo(42);
        gsp.hostDoorbell(HostRpc.doorbell(31));
        gsp.hostDoorbell(-1);
        host.awaitIdle();
    }

    @Test
    void whatCannotBeCleanedUpStaysTaken() {
        ScriptedDriver driver = manager(GspAbi.R570);
        assertThat(boot(driver, 1)).isZero();
        assertThat(cleanUp(driver, 1)).as("before it is shut down").isEqualTo(NvStatus.INVALID_STATE.code());
        assertThat(shutdown(driver, 3)).isEqualTo(NvStatus.OBJECT_NOT_FOUND.code());
        plugin.inject(PluginFault.CLEAN_UP, true);
        assertThat(shutdown(driver, 1)).isZero();
        assertThat(cleanUp(driver, 1)).isEqualTo(NvStatus.GENERIC.code());
        Struct layout = GspAbi.R570.control(RmControl.VGPU_MGR_BOOTLOAD_PLUGIN_TASK);
        assertThat(boot(
                        driver,
                        2,
                        params -> layout.u64("guestFbPhysAddrList[0]").set(params, 0, guestBase(1))))
                .isEqualTo(NvStatus.STATE_IN_USE.code());
        assertThat(plugin.lastRefusal()).contains("the vGPU with GFID 1");
        plugin.inject(PluginFault.CLEAN_UP, false);
        assertThat(cleanUp(driver, 1)).isZero();
        assertThat(boot(
                        driver,
                        2,
                        params -> layout.u64("guestFbPhysAddrList[0]").set(params, 0, guestBase(1))))
                .isZero();
    }

    @Test
    void everyFaultCanBeMadeToHappen() {
        ScriptedDriver driver = manager(GspAbi.R535);
        plugin.inject(PluginFault.BOOT, true);
        assertThat(boot(driver, 1)).isEqualTo(NvStatus.GENERIC.code());
        plugin.inject(PluginFault.BOOT, false);
        plugin.inject(PluginFault.SILENT_BOOT, true);
        assertThat(boot(driver, 1)).isZero();
        HostEnd end = hostEnd(driver, 1);
        assertThat(end.isReady()).isFalse();
        plugin.inject(PluginFault.RPC, true);
        assertThat(end.call(HostRpcMessage.RESET, MemorySegment.ofArray(new byte[8])))
                .isEqualTo(NvStatus.GENERIC.code());
        plugin.inject(PluginFault.SHUTDOWN, true);
        assertThat(shutdown(driver, 1)).isEqualTo(NvStatus.GENERIC.code());
        assertThat(functions.isActive(1)).isTrue();
    }

    @Test
    void guestsReachTheirOwnMemoryAndNoOther() {
        ScriptedDriver driver = manager(GspAbi.R570);
        assertThat(boot(driver, 1)).isZero();
        assertThat(boot(driver, 2)).isZero();
        FunctionMemory attacker = functions.at(2).memory();
        long[] others = {guestBase(1), guestBase(2) - 8, guestBase(3), heapBase(1), heapBase(2), BOARD_BYTES - 8};
        for (long other : others) {
            board.whole().writeLong(other, 0x5ec4e7L);
        }
        PageTables tables = new PageTables(attacker.fb(), 0x10_0000);
        attacker.bar1().bind(tables.root());
        attacker.bar2().bind(tables.root());
        for (long other : others) {
            // As a physical address, and as what a guest might think its distance is.
            for (long address : new long[] {other, other - guestBase(2), -guestBase(2) + other, other + (1L << 37)}) {
                if (attacker.fb().contains(address & 0x1f_ffff_ffffL, 8)) {
                    continue;
                }
                tables.map4k(0, PageTables.vramPage(address & ~0xfffL));
                attacker.mmu().invalidate();
                assertThat(attacker.readBar1(address & 0xff8, 8)).isEqualTo(-1);
                assertThat(attacker.readBar2(address & 0xff8, 8)).isEqualTo(-1);
                attacker.writeBar1(address & 0xff8, 8, 0);
                attacker.writeBar2(address & 0xff8, 8, 0);
                MemorySegment bytes = MemorySegment.ofArray(new byte[16]);
                attacker.readFrameBuffer(address, bytes);
                attacker.writeFrameBuffer(address, MemorySegment.ofArray(new byte[16]));
            }
        }
        for (long other : others) {
            assertThat(board.whole().readLong(other)).as("0x%x", other).isEqualTo(0x5ec4e7L);
        }
        assertThat(shutdown(driver, 2)).isZero();
        attacker.writeFrameBuffer(0, MemorySegment.ofArray(new byte[16]));
        board.whole().writeLong(guestBase(2), 1);
        assertThat(attacker.fb().readLong(0)).as("after shutdown").isEqualTo(-1);
    }

    @ParameterizedTest
    @MethodSource("releases")
    void scrubbingClearsAndGivesMemoryBackAndKeepsOffTheFirmware(GspAbi abi) {
        ScriptedDriver driver = manager(abi);
        board.whole().fill(guestBase(1), GUEST_BYTES, (byte) 0x77);
        long touched = board.touchedBytes();
        RmControl control = RmControl.INTERNAL_MEMMGR_MEMORY_TRANSFER_WITH_GSP;
        Struct layout = abi.control(control);
        MemorySegment params = driver.params(control);
        layout.u64("dst.baseAddr").set(params, 0, guestBase(1));
        layout.u64("dst.size").set(params, 0, GUEST_BYTES);
        layout.u32("dst.aperture").set(params, 0, 2);
        layout.u64("transferSize").set(params, 0, GUEST_BYTES);
        layout.u32("memop").set(params, 0, RmControl.MEMORY_OP_MEMSET);
        assertThat(driver.control(control, params)).isZero();
        assertThat(board.touchedBytes()).isLessThanOrEqualTo(touched - GUEST_BYTES);
        for (long at = 0; at < GUEST_BYTES; at += 4096 - 8) {
            assertThat(board.whole().readLong(guestBase(1) + at & -8)).isZero();
        }
        for (long[] bad : new long[][] {
            {BOARD_BYTES - MIB, MIB, 0, MIB},
            {0, MIB, 0, 2 * MIB},
            {0, MIB, MIB, 1},
            {-MIB, MIB, 0, MIB},
            {0, -1, 0, BOARD_BYTES},
            {0, MIB, -1, MIB},
            {0, MIB, 0, 0},
            {Long.MAX_VALUE - 8, 1L << 40, 0, 8}
        }) {
            layout.u64("dst.baseAddr").set(params, 0, bad[0]);
            layout.u64("dst.size").set(params, 0, bad[1]);
            layout.u64("dst.offset").set(params, 0, bad[2]);
            layout.u64("transferSize").set(params, 0, bad[3]);
            assertThat(driver.control(control, params)).as("%s", (Object) bad).isNotZero();
        }
        MemorySegment segment = driver.params(RmControl.GPU_GET_VMMU_SEGMENT_SIZE);
        assertThat(driver.control(RmControl.GPU_GET_VMMU_SEGMENT_SIZE, segment)).isZero();
        assertThat(abi.control(RmControl.GPU_GET_VMMU_SEGMENT_SIZE)
                        .u64("vmmuSegmentSize")
                        .get(segment, 0))
                .isEqualTo(VgpuPlugin.VMMU_SEGMENT_BYTES);
    }

    @Test
    void vgpusEndWithTheFirmwareThatServesThem() {
        ScriptedDriver driver = manager(GspAbi.R570);
        assertThat(boot(driver, 1)).isZero();
        assertThat(boot(driver, 3)).isZero();
        driver.call(GspFunction.UNLOADING_GUEST_DRIVER, MemorySegment.ofArray(new byte[8]));
        host.awaitIdle();
        assertThat(functions.isActive(1)).isFalse();
        assertThat(functions.isActive(3)).isFalse();
        assertThat(plugin.vgpus()).isEmpty();
        assertThat(plugin.types()).isEmpty();
    }

    @Test
    void aFunctionThatGoesAwayTakesItsVgpuAlong() {
        ScriptedDriver driver = manager(GspAbi.R570);
        assertThat(boot(driver, 1)).isZero();
        functions.at(1).gone().run();
        assertThat(plugin.vgpus().getFirst().state()).isEqualTo(VgpuStatus.State.STOPPED);
        assertThat(cleanUp(driver, 1)).isZero();
    }

    /** Has a channel of the guest read a ring that is mapped nowhere. Returns when it was stopped and that was told. */
    private static void fault(FakeFunctions.Active guest, int channelId) {
        run(guest, channelId, 1);
        // Another's turn comes after all that belongs to the turn before.
        run(guest, channelId, 0);
    }

    private static void run(FakeFunctions.Active guest, int channelId, int put) {
        FunctionChannels channels = guest.gsp().channels();
        AddressSpace empty = new AddressSpace(new EngineMemory(guest.memory().mmu()));
        Runlist runlist = CopyEngines.runlists(Architecture.ADA).get(1);
        Channel channel = Objects.requireNonNull(
                channels.create(new ChannelSpec(channelId, runlist, empty, 0x1000, 32, 0x2000, false, false, false)));
        guest.memory().fb().writeInt(0x2000 + Userd.GP_PUT, put);
        channels.schedule(channel, true);
        channels.doorbell(runlist.id() << 16 | channelId);
        long end = System.nanoTime() + 10_000_000_000L;
        while (!channels.isQuiet()) {
            assertThat(System.nanoTime()).as("the end of the channel").isLessThan(end);
            LockSupport.parkNanos(100_000);
        }
        channels.free(channel);
    }

    private ScriptedDriver.Message awaitEvent(ScriptedDriver driver) {
        long end = System.nanoTime() + 10_000_000_000L;
        ScriptedDriver.Message message = driver.poll();
        while (message == null) {
            assertThat(System.nanoTime()).as("an event for the host").isLessThan(end);
            LockSupport.parkNanos(100_000);
            host.awaitIdle();
            message = driver.poll();
        }
        return message;
    }

    private static PluginNotifier notifier(GspAbi abi, int gfid, ScriptedDriver.Message message) {
        assertThat(message.function()).isEqualTo(GspEvent.VGPU_GSP_PLUGIN_TRIGGERED.number());
        Struct layout = abi.payload(GspEvent.VGPU_GSP_PLUGIN_TRIGGERED).orElseThrow();
        assertThat(layout.u32("gfid").get(message.payload(), 0)).isEqualTo(gfid);
        return PluginNotifier.of(layout.u32("notifyIndex").get(message.payload(), 0))
                .orElseThrow();
    }

    /** Both messages of an error; the text. */
    private String faultText(GspAbi abi, int gfid, int channelId, ScriptedDriver driver) {
        ScriptedDriver.Message log = awaitEvent(driver);
        assertThat(log.function()).isEqualTo(GspEvent.OS_ERROR_LOG.number());
        Struct line = abi.payload(GspEvent.OS_ERROR_LOG).orElseThrow();
        assertThat(line.u32("exceptType").get(log.payload(), 0)).isEqualTo(31);
        assertThat(line.u32("chid").get(log.payload(), 0)).isEqualTo((gfid - 1) * CHANNELS + channelId);
        ScriptedDriver.Message recovery = awaitEvent(driver);
        assertThat(recovery.function()).isEqualTo(GspEvent.RC_TRIGGERED.number());
        Struct layout = abi.payload(GspEvent.RC_TRIGGERED).orElseThrow();
        assertThat(layout.u32("chid").get(recovery.payload(), 0)).isEqualTo((gfid - 1) * CHANNELS + channelId);
        assertThat(layout.find("gfid").isPresent()).isEqualTo(abi == GspAbi.R570);
        if (abi == GspAbi.R570) {
            assertThat(layout.u32("gfid").get(recovery.payload(), 0)).isEqualTo(gfid);
            assertThat(layout.u32("mmuFaultAddrLo").get(recovery.payload(), 0)).isEqualTo(0x1000);
        }
        byte[] text = line.bytes("errString").get(log.payload(), 0);
        return new String(text, StandardCharsets.US_ASCII).trim();
    }

    @ParameterizedTest
    @MethodSource("releases")
    void theHostIsToldOfTheGuestsDriverAndItsChannelsErrors(GspAbi abi) throws InterruptedException {
        ScriptedDriver driver = manager(abi);
        int gfid = 2;
        assertThat(boot(driver, gfid)).isZero();
        FakeFunctions.Active guest = functions.at(gfid);
        ScriptedDriver guestDriver = new ScriptedDriver(abi, guest.dma(), GUEST_BYTES, guest.gsp(), guest.host());
        guestDriver.boot();
        assertThat(notifier(abi, gfid, awaitEvent(driver))).isEqualTo(PluginNotifier.GUEST_DRIVER_LOADED);

        fault(guest, 5);
        assertThat(faultText(abi, gfid, 5, driver)).startsWith("A read of 0x1000 failed");

        // The host's firmware is busy while the guest makes more errors than wait for it.
        CountDownLatch busy = new CountDownLatch(1);
        host.tasks().execute(() -> {
            try {
                busy.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        int more = 5;
        for (int i = 0; i < HostReports.MAX_WAITING + more; i++) {
            fault(guest, 6);
        }
        busy.countDown();
        for (int i = 0; i < HostReports.MAX_WAITING; i++) {
            assertThat(faultText(abi, gfid, 6, driver)).doesNotContain("too many");
        }
        fault(guest, 7);
        assertThat(faultText(abi, gfid, 7, driver))
                .endsWith("(" + more + " errors before this one were too many to tell.)");

        guestDriver.call(GspFunction.UNLOADING_GUEST_DRIVER, MemorySegment.ofArray(new byte[8]));
        assertThat(notifier(abi, gfid, awaitEvent(driver))).isEqualTo(PluginNotifier.GUEST_DRIVER_UNLOADED);
        guest.gsp().stop();
        guestDriver.prepare();
        guestDriver.boot();
        assertThat(notifier(abi, gfid, awaitEvent(driver))).isEqualTo(PluginNotifier.GUEST_DRIVER_LOADED);
        guestDriver.setQueueField(GspQueue.COMMAND_QUEUE_OFFSET, GspQueue.TX_WRITE_POINTER, 9999);
        guest.gsp().doorbell();
        assertThat(notifier(abi, gfid, awaitEvent(driver))).isEqualTo(PluginNotifier.TASK_CRASHED);

        assertThat(shutdown(driver, gfid)).isZero();
        assertThat(driver.poll()).isNull();
    }
}
