// SPDX-License-Identifier: Apache-2.0
package io.lamella.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lamella.core.ApiVersion;
import io.lamella.core.BarMapping;
import io.lamella.core.ChannelRange;
import io.lamella.core.ClientIdentity;
import io.lamella.core.CoreCapability;
import io.lamella.core.CoreError;
import io.lamella.core.CoreEvent;
import io.lamella.core.CoreEvents;
import io.lamella.core.CoreException;
import io.lamella.core.CoreSession;
import io.lamella.core.EngineInfo;
import io.lamella.core.FbRange;
import io.lamella.core.FbRequest;
import io.lamella.core.FbUsage;
import io.lamella.core.GpuCore;
import io.lamella.core.GpuDescription;
import io.lamella.core.GspClient;
import io.lamella.core.RmException;
import io.lamella.core.RmObject;
import io.lamella.core.RmRequest;
import io.lamella.core.VersionRange;
import io.lamella.gpu.SoftwareGpu;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.EnumSet;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The core's driver on the software GPU, in this process, with both firmware releases. */
class CoreBootTest {
    private static final long MIB = 1 << 20;
    private static final long GIB = 1 << 30;

    @ParameterizedTest
    @EnumSource
    void bootsUnloadsAndBootsAgain(TestedGpu tested) {
        try (SoftwareGpuRig rig = tested.rig()) {
            for (int round = 0; round < 2; round++) {
                try (GpuCore core = rig.open(tested.release)) {
                    GpuDescription gpu = core.description();
                    assertThat(gpu.chip()).isEqualTo(tested.board().chip().name());
                    assertThat(gpu.name()).isEqualTo(tested.board().name());
                    assertThat(gpu.firmwareRelease()).isEqualTo(tested.release);
                    assertThat(gpu.fbSizeBytes()).isEqualTo(tested.frameBufferBytes());
                    assertThat(gpu.usableFbBytes())
                            .isBetween(tested.frameBufferBytes() - 2 * GIB, tested.frameBufferBytes() - 549 * MIB);
                    assertThat(gpu.vmmuSegmentBytes()).isIn(32 * MIB, 64 * MIB, 128 * MIB, 256 * MIB, 512 * MIB);
                    assertThat(gpu.totalVirtualFunctions()).isEqualTo(32);
                    assertThat(gpu.vendorId()).isEqualTo(0x10de);
                    assertThat(gpu.deviceId()).isEqualTo(tested.board().deviceId());
                    assertThat(gpu.virtualFunctions().getFirst().gfid()).isEqualTo(1);
                    assertThat(gpu.engines()).extracting(EngineInfo::name).doesNotHaveDuplicates();
                    assertThat(core.isAlive()).isTrue();
                }
                assertThat(rig.function.resets)
                        .as("an orderly unload needs no reset")
                        .hasValue(0);
                assertThat(rig.protectedMemoryEnd()).isZero();
            }
        }
    }

    @Test
    void prefersTheNewerReleaseAndTakesTheOlderWhereItIsAllThereIs() {
        try (SoftwareGpuRig rig = new SoftwareGpuRig()) {
            try (GpuCore core = rig.open("570.144", "535.113.01")) {
                assertThat(core.description().firmwareRelease()).isEqualTo("570.144");
            }
            rig.files.keySet().removeIf(name -> name.contains("570.144"));
            try (GpuCore core = rig.open("570.144", "535.113.01")) {
                assertThat(core.description().firmwareRelease()).isEqualTo("535.113.01");
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void mapsFrameBufferThroughBar1(TestedGpu tested) {
        long seed = System.nanoTime();
        System.out.println("CoreBootTest.mapsFrameBufferThroughBar1 seed " + seed);
        Random random = new Random(seed);
        try (SoftwareGpuRig rig = tested.rig();
                GpuCore core = rig.open(tested.release);
                CoreSession session = rig.attach(core)) {
            FbRange small = session.allocateFb(FbRequest.pages("small", 12_288));
            FbRange large = session.allocateFb(
                    new FbRequest("large", 37 * MIB, FbRequest.Alignment.LARGE_PAGE, FbRequest.Position.TOP_DOWN));
            BarMapping smallMap = session.map(small);
            BarMapping largeMap = session.map(large);
            BarMapping part = session.map(large, 3 * 4096, 8192);
            MemorySegment content = MemorySegment.ofArray(new byte[64 << 10]);
            for (int i = 0; i < content.byteSize(); i++) {
                content.set(ValueLayout.JAVA_BYTE, i, (byte) random.nextInt());
            }
            largeMap.write(5 * MIB + 4096 - 20, content);
            byte[] inMemory = new byte[(int) content.byteSize()];
            rig.gpu.frameBuffer().whole().copyTo(large.offset() + 5 * MIB + 4096 - 20, MemorySegment.ofArray(inMemory));
            assertThat(inMemory).isEqualTo(content.toArray(ValueLayout.JAVA_BYTE));

            largeMap.writeInt(3 * 4096 + 8, 0x12345678);
            assertThat(part.readInt(8)).isEqualTo(0x12345678);
            part.writeLong(4096, 0x1122334455667788L);
            assertThat(largeMap.readLong(4 * 4096)).isEqualTo(0x1122334455667788L);
            smallMap.fill(0, 12_288, (byte) 0xff);
            assertThat(smallMap.readInt(12_284)).isEqualTo(-1);
            assertThatThrownBy(() -> smallMap.readInt(12_286)).isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> smallMap.writeInt(-4, 0)).isInstanceOf(IndexOutOfBoundsException.class);

            part.close();
            assertThatThrownBy(() -> part.readInt(0))
                    .isInstanceOfSatisfying(
                            CoreException.class, e -> assertThat(e.error()).isEqualTo(CoreError.CLOSED));
            small.close();
            assertThat(smallMap.isHeld()).isFalse();
            large.close();
        }
    }

    @ParameterizedTest
    @EnumSource
    void scrubsARangeAndNothingElse(TestedGpu tested) {
        try (SoftwareGpuRig rig = tested.rig();
                GpuCore core = rig.open(tested.release);
                CoreSession session = rig.attach(core)) {
            FbRange below = session.allocateFb(FbRequest.vmmuSegments("below", 1));
            FbRange range = session.allocateFb(FbRequest.vmmuSegments("range", 200 * MIB));
            FbRange above = session.allocateFb(FbRequest.vmmuSegments("above", 1));
            assertThat(range.offset() % core.description().vmmuSegmentBytes()).isZero();
            assertThat(above.offset()).isEqualTo(range.end());
            MemorySegment dirt = MemorySegment.ofArray(new byte[4096]).fill((byte) 0x5a);
            for (long at : new long[] {
                below.end() - 4096, range.offset(), range.offset() + 100 * MIB, range.end() - 4096, above.offset()
            }) {
                rig.gpu.frameBuffer().whole().copyFrom(at, dirt);
            }
            session.scrub(range);
            assertThat(byteAt(rig, range.offset())).isZero();
            assertThat(byteAt(rig, range.offset() + 100 * MIB)).isZero();
            assertThat(byteAt(rig, range.end() - 1)).isZero();
            assertThat(byteAt(rig, below.end() - 1)).isEqualTo(0x5a);
            assertThat(byteAt(rig, above.offset())).isEqualTo(0x5a);
        }
    }

    private static int byteAt(SoftwareGpuRig rig, long address) {
        byte[] one = new byte[1];
        rig.gpu.frameBuffer().whole().copyTo(address, MemorySegment.ofArray(one));
        return one[0];
    }

    @ParameterizedTest
    @EnumSource
    void talksToTheResourceManager(TestedGpu tested) {
        try (SoftwareGpuRig rig = tested.rig();
                GpuCore core = rig.open(tested.release);
                CoreSession session = rig.attach(core)) {
            GspClient first = session.openGspClient("first");
            GspClient second = session.openGspClient("second");
            assertThat(first.client().handle()).isNotEqualTo(second.client().handle());
            assertThat(first.control(first.subdevice(), RmRequest.of("GPU_GET_VMMU_SEGMENT_SIZE"))
                            .number("vmmuSegmentSize"))
                    .isEqualTo(core.description().vmmuSegmentBytes());

            RmObject space =
                    first.allocate(first.device(), RmRequest.of("VASPACE").with("flags", 8));
            first.free(space);
            assertThatThrownBy(() -> first.free(space)).hasMessageContaining("is not one of");
            assertThatThrownBy(() -> first.control(second.client(), RmRequest.of("GPU_GET_VMMU_SEGMENT_SIZE")))
                    .isInstanceOfSatisfying(
                            CoreException.class, e -> assertThat(e.error()).isEqualTo(CoreError.NOT_FOUND));
            assertThatThrownBy(() -> first.control(first.subdevice(), RmRequest.of("NO_SUCH")))
                    .hasMessageContaining("has no control NO_SUCH");
            assertThatThrownBy(() -> first.control(
                            first.subdevice(),
                            RmRequest.of("FIFO_GET_DEVICE_INFO_TABLE").with("bogus", 1)))
                    .hasMessageContaining("has no field bogus");
            assertThatThrownBy(() -> first.control(
                            first.subdevice(),
                            RmRequest.of("FIFO_GET_DEVICE_INFO_TABLE").with("baseIndex", 1L << 32)))
                    .isInstanceOfSatisfying(
                            CoreException.class, e -> assertThat(e.error()).isEqualTo(CoreError.INVALID))
                    .hasMessageContaining("does not fit");
            assertThatThrownBy(() -> first.control(first.subdevice(), RmRequest.of("SYSTEM_GET_NUM_HEADS")))
                    .isInstanceOfSatisfying(
                            RmException.class, e -> assertThat(e.status()).isNotZero())
                    .hasMessageContaining("refused by the firmware");
            assertThat(first.hasField("GPU_GET_VMMU_SEGMENT_SIZE", "vmmuSegmentSize"))
                    .isTrue();
            assertThat(first.hasField("VGPU_MGR_FREE_STATES", "")).isEqualTo(tested.release.equals("570.144"));
            second.close();
            assertThatThrownBy(() -> second.control(second.subdevice(), RmRequest.of("GPU_GET_VMMU_SEGMENT_SIZE")))
                    .hasMessageContaining("given back");
        }
    }

    @ParameterizedTest
    @EnumSource
    void givesEverythingBackWithTheSession(TestedGpu tested) {
        try (SoftwareGpuRig rig = tested.rig();
                GpuCore core = rig.open(tested.release)) {
            CoreSession keeper = rig.attach(core);
            FbUsage before = keeper.fbUsage();
            int channels = keeper.freeChannels();
            CoreSession leaky = rig.attach(core);
            FbRange range = leaky.allocateFb(FbRequest.pages("heap", 32 * MIB));
            BarMapping mapping = leaky.map(range);
            ChannelRange ids = leaky.allocateChannels("ids", 512);
            GspClient client = leaky.openGspClient("client");
            assertThat(ids.first() % 512).isZero();
            assertThat(leaky.held()).hasSize(4);
            assertThatThrownBy(() -> keeper.map(range)).hasMessageContaining("not this session's");
            leaky.close();
            assertThat(leaky.held()).isEmpty();
            assertThat(mapping.isHeld() || ids.isHeld() || client.isHeld() || range.isHeld())
                    .isFalse();
            // BAR1's page tables stay: one chunk of 2 MiB.
            assertThat(keeper.fbUsage().freeBytes()).isEqualTo(before.freeBytes() - 2 * MIB);
            assertThat(keeper.freeChannels()).isEqualTo(channels);
            assertThatThrownBy(() -> leaky.allocateChannels("late", 1))
                    .isInstanceOfSatisfying(
                            CoreException.class, e -> assertThat(e.error()).isEqualTo(CoreError.CLOSED));

            FbRange lost = keeper.allocateFb(FbRequest.vmmuSegments("lost", 1));
            lost.quarantine("the firmware may still use it");
            assertThat(keeper.fbUsage().quarantinedBytes()).isEqualTo(lost.sizeBytes());
            assertThat(keeper.allocateFb(FbRequest.vmmuSegments("next", 1)).offset())
                    .isNotEqualTo(lost.offset());
        }
    }

    @ParameterizedTest
    @EnumSource
    void refusesInSentences(TestedGpu tested) {
        try (SoftwareGpuRig rig = tested.rig();
                GpuCore core = rig.open(tested.release);
                CoreSession session = rig.attach(core)) {
            assertThatThrownBy(() -> session.allocateFb(FbRequest.vmmuSegments("all", tested.frameBufferBytes())))
                    .isInstanceOfSatisfying(
                            CoreException.class, e -> assertThat(e.error()).isEqualTo(CoreError.NO_SPACE))
                    .hasMessageContaining("are free")
                    .hasMessageContaining("largest run");
            assertThatThrownBy(() -> session.allocateFb(FbRequest.pages("none", 0)))
                    .isInstanceOfSatisfying(
                            CoreException.class, e -> assertThat(e.error()).isEqualTo(CoreError.INVALID));
            assertThatThrownBy(() -> session.allocateChannels("all", 2048)).hasMessageContaining("Channel ids");
            CoreSession poor = core.attach(
                    new ClientIdentity("poor", "1"),
                    VersionRange.only(new ApiVersion(1, 0)),
                    Set.of(),
                    CoreEvents.NONE);
            assertThatThrownBy(() -> poor.openGspClient("x"))
                    .isInstanceOfSatisfying(
                            CoreException.class, e -> assertThat(e.error()).isEqualTo(CoreError.NOT_PERMITTED))
                    .hasMessageContaining("poor 1 did not ask for GSP_CLIENT");
            assertThatThrownBy(() -> core.attach(
                            new ClientIdentity("old", ""),
                            VersionRange.only(new ApiVersion(9, 0)),
                            EnumSet.noneOf(CoreCapability.class),
                            CoreEvents.NONE))
                    .isInstanceOfSatisfying(
                            CoreException.class, e -> assertThat(e.error()).isEqualTo(CoreError.NOT_SUPPORTED))
                    .hasMessageContaining("9.0");
        }
    }

    @ParameterizedTest
    @EnumSource
    void switchesVirtualFunctionsAndSaysSo(TestedGpu tested) throws InterruptedException {
        try (SoftwareGpuRig rig = tested.rig();
                GpuCore core = rig.open(tested.release);
                CoreSession session = rig.attach(core)) {
            assertThat(session.enabledVirtualFunctions()).isZero();
            session.setVirtualFunctions(3);
            assertThat(session.enabledVirtualFunctions()).isEqualTo(3);
            assertThat(rig.events.poll(5, TimeUnit.SECONDS)).isEqualTo(new CoreEvent.SrIovChanged(3));
            assertThatThrownBy(() -> session.setVirtualFunctions(4))
                    .isInstanceOfSatisfying(
                            CoreException.class, e -> assertThat(e.error()).isEqualTo(CoreError.BUSY));
            assertThatThrownBy(() -> session.setVirtualFunctions(33)).hasMessageContaining("32");
            session.ringDoorbell(core.description().virtualFunctions().get(1));
            session.setVirtualFunctions(0);
            assertThat(rig.events.poll(5, TimeUnit.SECONDS)).isEqualTo(new CoreEvent.SrIovChanged(0));
        }
    }

    @Test
    void drivesAGpuWithoutVirtualFunctions() {
        try (SoftwareGpuRig rig = new SoftwareGpuRig(
                        SoftwareGpu.builder("small").frameBufferBytes(GIB).virtualFunctions(0));
                GpuCore core = rig.open("570.144")) {
            assertThat(core.description().vmmuSegmentBytes()).isZero();
            assertThat(core.description().virtualFunctions()).isEmpty();
            assertThatThrownBy(() -> rig.attach(core)).hasMessageContaining("no SR-IOV");
            CoreSession session = core.attach(
                    new ClientIdentity("test", ""),
                    VersionRange.only(new ApiVersion(1, 0)),
                    EnumSet.of(CoreCapability.FB_MEMORY),
                    CoreEvents.NONE);
            assertThatThrownBy(() -> session.allocateFb(FbRequest.vmmuSegments("x", 1)))
                    .hasMessageContaining("no VMMU");
            assertThat(session.allocateFb(FbRequest.pages("x", MIB)).sizeBytes())
                    .isEqualTo(MIB);
        }
    }
}
