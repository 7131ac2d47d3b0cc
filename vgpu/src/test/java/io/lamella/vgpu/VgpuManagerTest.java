// SPDX-License-Identifier: Apache-2.0
package io.lamella.vgpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.lamella.core.CoreEvent;
import io.lamella.vgpu.ScriptedCore.Failure;
import io.lamella.vgpu.VgpuException.Reason;
import io.lamella.vgpu.type.TypeCatalogue;
import io.lamella.vgpu.type.TypeFile;
import io.lamella.vgpu.type.VgpuType;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class VgpuManagerTest {
    private static final TypeCatalogue TYPES = TypeCatalogue.shipped();

    private final ScriptedCore core = new ScriptedCore(47_000, 32);
    private final VgpuManager manager = open(core);
    private final List<VgpuEvent> events = new ArrayList<>();

    private static VgpuManager open(ScriptedCore core) {
        return VgpuManager.open(core, TYPES, new VgpuOptions(core, 10_000, 4_000));
    }

    @AfterEach
    void neitherMemoryNorOrderWasWrong() {
        assertThat(core.faults).isEmpty();
    }

    @Test
    void aVgpuIsMadeInTheOrderOfTheRfcAndTakenBackInReverse() {
        String before = core.accounts();
        core.calls.clear();
        Vgpu vgpu = manager.create(VgpuSpec.of("L40-8Q"));
        String id = "vGPU " + vgpu.uuid() + ": ";
        assertThat(core.calls)
                .containsExactly(
                        "setVirtualFunctions 32",
                        "allocateFb " + id + "frame buffer",
                        "scrub " + id + "frame buffer",
                        "allocateChannels 256",
                        "allocateFb " + id + "management heap",
                        "scrub " + id + "management heap",
                        "map " + id + "management heap",
                        "openGspClient " + id + "firmware client",
                        "control " + PluginControls.BOOT,
                        "ringDoorbell 1",
                        "ringDoorbell 1",
                        "ringDoorbell 1");
        assertThat(vgpu.info().state()).isEqualTo(VgpuState.ACTIVE);
        assertThat(vgpu.info().fbBytes()).isEqualTo(7616L << 20);

        core.calls.clear();
        vgpu.destroy();
        assertThat(core.calls)
                .containsExactly(
                        "control " + PluginControls.SHUTDOWN,
                        "control " + PluginControls.CLEAN_UP,
                        "free " + id + "firmware client",
                        "free mapping of " + id + "management heap",
                        "scrub " + id + "management heap",
                        "free " + id + "management heap",
                        "free " + id + "channels",
                        "scrub " + id + "frame buffer",
                        "free " + id + "frame buffer",
                        "setVirtualFunctions 0");
        assertThat(core.accounts()).isEqualTo(before);
        assertThat(manager.vgpus()).isEmpty();
        assertThat(vgpu.state()).isEqualTo(VgpuState.EMPTY);
    }

    /** Every call of a creation fails in its turn, without an effect and with one that the caller does not learn of. */
    @ParameterizedTest
    @EnumSource(Failure.class)
    void whereverCreationFailsNothingIsLeft(Failure failure) {
        String before = core.accounts();
        int first = core.calls.size();
        manager.create(VgpuSpec.of("L40-8Q")).destroy();
        int inCreation = 12;
        assertThat(core.calls.subList(first, first + inCreation)).last().isEqualTo("ringDoorbell 1");

        core.failure = failure;
        for (int i = 0; i < inCreation; i++) {
            int at = core.calls.size() + i;
            core.failAt = at;
            VgpuException refused =
                    catchThrowableOfType(VgpuException.class, () -> manager.create(VgpuSpec.of("L40-8Q")));
            String name = core.calls.get(at);
            assertThat(refused).as("call %d, %s", i, name).isNotNull().hasMessageContaining("was not started: step");
            assertThat(core.accounts()).as("call %d, %s", i, name).isEqualTo(before);
            assertThat(manager.vgpus()).as("call %d, %s", i, name).isEmpty();
        }
        core.failAt = -1;
        manager.create(VgpuSpec.of("L40-8Q")).destroy();
    }

    @Test
    void aFirmwareTaskThatNeverShowsItselfIsWaitedForAsLongAsSaid() {
        core.silent = true;
        long start = core.nanos;
        assertThatExceptionOfType(VgpuException.class)
                .isThrownBy(() -> manager.create(VgpuSpec.of("L40-8Q")))
                .withMessageContaining("host RPC")
                .withMessageContaining("10000 ms");
        assertThat(core.nanos - start).isBetween(10_000_000_000L, 10_100_000_000L);
        assertThat(core.plugins).isEmpty();
    }

    @Test
    void aCleanUpThatFailsFencesEverythingUntilItIsRepeated() {
        String before = core.accounts();
        Vgpu vgpu = manager.create(VgpuSpec.of("L40-24Q"));
        core.broken = PluginControls.CLEAN_UP;
        VgpuException failed = catchThrowableOfType(VgpuException.class, vgpu::destroy);
        assertThat(failed.reason()).isEqualTo(Reason.FIRMWARE);
        assertThat(failed).hasMessageContaining("is in quarantine").hasMessageContaining("firmware task");
        assertThat(manager.quarantined()).containsExactly(vgpu);
        assertThat(vgpu.info().reason()).contains("could not be taken back");
        assertThat(core.ranges).hasSize(2);
        assertThat(core.enabled).isEqualTo(32);

        // The next tenant gets other memory, another function, and the fenced share counts.
        Vgpu other = manager.create(VgpuSpec.of("L40-24Q"));
        assertThat(other.info().fbOffset()).isNotEqualTo(vgpu.info().fbOffset());
        assertThat(other.function().index()).isEqualTo(1);
        assertThatExceptionOfType(VgpuException.class)
                .isThrownBy(() -> manager.create(VgpuSpec.of("L40-24Q")))
                .withMessageContaining("2 of the 2")
                .withMessageContaining("1 of them in quarantine");
        assertThatExceptionOfType(VgpuException.class)
                .isThrownBy(vgpu::destroy)
                .withMessageContaining("is QUARANTINED. Stopping it has failed already. Clear it");
        assertThatExceptionOfType(VgpuException.class).isThrownBy(vgpu::reset).withMessageContaining("QUARANTINED");

        assertThatExceptionOfType(VgpuException.class).isThrownBy(vgpu::clearQuarantine);
        assertThat(vgpu.state()).isEqualTo(VgpuState.QUARANTINED);
        core.broken = "";
        vgpu.clearQuarantine();
        assertThat(manager.vgpus()).containsExactly(other);
        other.destroy();
        assertThat(core.accounts()).isEqualTo(before);
    }

    @Test
    void memoryThatCannotBeClearedIsNotGivenBack() {
        Vgpu vgpu = manager.create(VgpuSpec.of("L40-8Q"));
        core.broken = "scrub vGPU " + vgpu.uuid() + ": frame buffer";
        assertThatExceptionOfType(VgpuException.class).isThrownBy(vgpu::destroy).withMessageContaining("\"scrub\"");
        assertThat(core.ranges).hasSize(1);
        assertThat(core.plugins).isEmpty();
        core.broken = "";
        vgpu.clearQuarantine();
        assertThat(core.ranges).isEmpty();
    }

    @Test
    void closingWithholdsWhatIsInQuarantine() {
        Vgpu vgpu = manager.create(VgpuSpec.of("L40-8Q"));
        core.broken = PluginControls.SHUTDOWN;
        manager.close();
        assertThat(core.quarantined)
                .contains("vGPU " + vgpu.uuid() + ": frame buffer", "vGPU " + vgpu.uuid() + ": management heap");
        assertThat(core.calls).last().isEqualTo("close");
        assertThatExceptionOfType(VgpuException.class)
                .isThrownBy(() -> manager.create(VgpuSpec.of("L40-8Q")))
                .withMessageContaining("is closed");
        core.faults.clear();
    }

    @Test
    void resetSetsTheTaskBackAndClearsTheMemory() {
        Vgpu vgpu = manager.create(VgpuSpec.of("L40-8Q"));
        vgpu.setBusMaster(true);
        assertThat(vgpu.info().busMaster()).isTrue();
        assertThat(core.plugin(1).busMaster).isTrue();
        core.calls.clear();
        vgpu.reset();
        assertThat(core.calls)
                .containsExactly("ringDoorbell 1", "ringDoorbell 1", "scrub vGPU " + vgpu.uuid() + ": frame buffer");
        assertThat(core.plugin(1).resets).isEqualTo(1);
        assertThat(vgpu.info().busMaster()).isFalse();
        assertThat(vgpu.state()).isEqualTo(VgpuState.ACTIVE);
    }

    @Test
    void aFailedResetSticksUntilOneSucceeds() {
        Vgpu vgpu = manager.create(VgpuSpec.of("L40-8Q"));
        core.plugin(1).nextResult = 7;
        assertThatExceptionOfType(VgpuException.class).isThrownBy(vgpu::reset).withMessageContaining("result 0x7");
        assertThat(vgpu.state()).isEqualTo(VgpuState.FAILED);
        assertThatExceptionOfType(VgpuException.class)
                .isThrownBy(() -> vgpu.setBusMaster(true))
                .withMessageContaining("is FAILED. Its firmware task does not run");
        vgpu.reset();
        assertThat(vgpu.state()).isEqualTo(VgpuState.ACTIVE);
        vgpu.destroy();
    }

    @Test
    void aTaskThatDoesNotAnswerIsWaitedForAsLongAsSaid() {
        Vgpu vgpu = manager.create(VgpuSpec.of("L40-8Q"));
        core.plugin(1).deaf = true;
        long start = core.nanos;
        assertThatExceptionOfType(VgpuException.class)
                .isThrownBy(() -> vgpu.setBusMaster(true))
                .withMessageContaining("4000 ms");
        assertThat(core.nanos - start).isBetween(4_000_000_000L, 4_100_000_000L);
    }

    @Test
    void allVgpusHaveOneSize() {
        manager.create(VgpuSpec.of("L40-8Q"));
        manager.create(VgpuSpec.of("L40-8C"));
        VgpuException refused = catchThrowableOfType(VgpuException.class, () -> manager.create(VgpuSpec.of("L40-4Q")));
        assertThat(refused.reason()).isEqualTo(Reason.OTHER_SIZE);
        assertThat(refused)
                .hasMessageContaining("L40-4Q has 4096 MiB")
                .hasMessageContaining("1 of L40-8C, 1 of L40-8Q")
                .hasMessageContaining("L40-8A, L40-8C, L40-8Q would do");
        assertThat(manager.vgpus()).hasSize(2);
    }

    @Test
    void everyTypeFitsAsOftenAsItSays() {
        for (VgpuType type : manager.supportedTypes()) {
            List<Vgpu> all = new ArrayList<>();
            for (int i = 0; i < type.maxInstances(); i++) {
                all.add(manager.create(VgpuSpec.of(type.name())));
            }
            VgpuException refused =
                    catchThrowableOfType(VgpuException.class, () -> manager.create(VgpuSpec.of(type.name())));
            assertThat(refused.reason()).as(type.name()).isEqualTo(Reason.TOO_MANY);
            assertThat(manager.supportedTypes()).hasSize(29);
            all.forEach(Vgpu::destroy);
        }
    }

    @Test
    void eachRefusalNamesItsRule() {
        refused("L40-7Q", OptionalInt.empty(), Reason.UNKNOWN_TYPE, "no vGPU type \"L40-7Q\"");
        refused("L40S-8Q", OptionalInt.empty(), Reason.OTHER_BOARD, "board L40S (10de:26b9); this GPU is NVIDIA L40");
        refused(
                "L40-8Q",
                OptionalInt.of(32),
                Reason.NO_VIRTUAL_FUNCTION,
                "no virtual function 32; this GPU has 0 to 31");
        Vgpu one = manager.create(new VgpuSpec("L40-8Q", UUID.randomUUID(), OptionalInt.of(5)));
        assertThat(one.function().index()).isEqualTo(5);
        refused("L40-8Q", OptionalInt.of(5), Reason.NO_VIRTUAL_FUNCTION, "function 5 is in use by vGPU " + one.uuid());
        VgpuException again = catchThrowableOfType(
                VgpuException.class, () -> manager.create(new VgpuSpec("L40-8Q", one.uuid(), OptionalInt.empty())));
        assertThat(again.reason()).isEqualTo(Reason.UUID_IN_USE);
    }

    @Test
    void aSmallGpuSaysHowMuchIsFree() {
        ScriptedCore small = new ScriptedCore(10_000, 1);
        try (VgpuManager one = open(small)) {
            VgpuException refused = catchThrowableOfType(VgpuException.class, () -> one.create(VgpuSpec.of("L40-12Q")));
            assertThat(refused.reason()).isEqualTo(Reason.NO_FRAME_BUFFER);
            assertThat(refused)
                    .hasMessageContaining("L40-12Q needs 12 units of placement")
                    .hasMessageContaining("this GPU has 9");
            one.create(VgpuSpec.of("L40-4Q"));
            VgpuException noFunction =
                    catchThrowableOfType(VgpuException.class, () -> one.create(VgpuSpec.of("L40-4Q")));
            assertThat(noFunction.reason()).isEqualTo(Reason.NO_VIRTUAL_FUNCTION);
            assertThat(one.availability())
                    .filteredOn(each -> each.type().name().equals("L40-12Q"))
                    .first()
                    .satisfies(each -> assertThat(each.isCreatable()).isFalse())
                    .satisfies(each -> assertThat(each.sentence()).contains("needs 12 units"));
        }
        assertThat(small.faults).isEmpty();
    }

    @Test
    void aTypeThatTheGpusUnitsCannotMakeIsRefused() {
        byte[] text = """
                {"schema": 1, "board": "Odd", "vendor": "0x10de", "device": "0x26b5", "boardFbMiB": 49152,
                 "sources": ["a test"], "rules": [], "defaults": {}, "series": {},
                 "types": [{"name": "Odd-1", "id": 7, "series": "Q", "profileSizeMiB": 1000, "fbLengthMiB": 900,
                  "fbReservationMiB": 100, "gspHeapSizeMiB": 32, "bar1MiB": 256, "maxInstances": 1, "heads": 1,
                  "maxResolution": [1024, 768], "maxPixels": 786432, "fpsLimit": 60, "cuda": false,
                  "eccSupported": false, "encoderCapacity": 0, "subsystemDevice": "0x0001",
                  "classCode": "0x030200", "derived": []}]}
                """.getBytes(StandardCharsets.UTF_8);
        ScriptedCore other = new ScriptedCore(47_000, 32);
        try (VgpuManager odd =
                VgpuManager.open(other, TYPES.with(TypeFile.parse("odd", text)), new VgpuOptions(other, 1, 1))) {
            VgpuException refused = catchThrowableOfType(VgpuException.class, () -> odd.create(VgpuSpec.of("Odd-1")));
            assertThat(refused.reason()).isEqualTo(Reason.UNSUITABLE_TYPE);
            assertThat(refused).hasMessageContaining("900 MiB").hasMessageContaining("units of 64 MiB");
        }
    }

    private void refused(String type, OptionalInt vf, Reason reason, String sentence) {
        VgpuException refused = catchThrowableOfType(
                VgpuException.class, () -> manager.create(new VgpuSpec(type, UUID.randomUUID(), vf)));
        assertThat(refused.reason()).isEqualTo(reason);
        assertThat(refused).hasMessageContaining(sentence);
    }

    @Test
    void theGpuMayGoAwayWithVgpusOnIt() {
        manager.addListener(events::add);
        Vgpu vgpu = manager.create(VgpuSpec.of("L40-8Q"));
        core.removeGpu("unplugged");
        assertThat(vgpu.state()).isEqualTo(VgpuState.GONE);
        assertThat(vgpu.info().reason()).contains("unplugged");
        assertThat(events).last().isInstanceOf(VgpuEvent.StateChanged.class);
        assertThat(events).contains(new VgpuEvent.GpuLost("The GPU is gone: unplugged."));
        assertThatExceptionOfType(VgpuException.class)
                .isThrownBy(() -> manager.create(VgpuSpec.of("L40-8Q")))
                .withMessageContaining("The GPU is gone: unplugged");
        assertThatExceptionOfType(VgpuException.class).isThrownBy(vgpu::reset).withMessageContaining("is gone");
        vgpu.destroy();
        assertThat(vgpu.state()).isEqualTo(VgpuState.EMPTY);
        manager.close();
        assertThat(core.ranges).isEmpty();
        assertThat(core.clients).isEmpty();
    }

    @Test
    void aStoppedChannelIsToldWithWhatTheFirmwareSays() {
        Vgpu first = manager.create(VgpuSpec.of("L40-8Q"));
        Vgpu second = manager.create(VgpuSpec.of("L40-8Q"));
        int channel = second.info().firstChannel() + 5;
        manager.addListener(events::add);
        core.tell(new CoreEvent.OsError(31, 1, channel, "A write to 0x1000 failed."));
        core.tell(new CoreEvent.ChannelError(second.function().gfid(), 10, channel, 31));
        // Firmware that does not say whose it was, and whose line is about something else.
        core.tell(new CoreEvent.OsError(31, 1, channel, "Something else."));
        core.tell(new CoreEvent.ChannelError(0, 1, first.info().firstChannel(), 13));
        // Nobody's.
        core.tell(new CoreEvent.ChannelError(0, 9, 0x7fff_ffff, 13));
        core.tell(new CoreEvent.ChannelError(30, 9, 1, 13));
        assertThat(events)
                .containsExactly(
                        new VgpuEvent.ChannelFault(
                                second.uuid(),
                                "L40-8Q",
                                31,
                                5,
                                "CE1",
                                1,
                                0,
                                "Channel 5 on CE1 was stopped for an error (Xid 31). A write to 0x1000 failed."),
                        new VgpuEvent.ChannelFault(
                                first.uuid(),
                                "L40-8Q",
                                13,
                                0,
                                "GR0",
                                1,
                                0,
                                "Channel 0 on GR0 was stopped for an error (Xid 13)."));
    }

    @Test
    void aGuestThatFaultsWithoutEndIsCountedAndToldNowAndThen() {
        Vgpu vgpu = manager.create(VgpuSpec.of("L40-8Q"));
        Vgpu other = manager.create(VgpuSpec.of("L40-8Q"));
        manager.addListener(events::add);
        int storm = 100_000;
        for (int i = 0; i < storm; i++) {
            core.tell(new CoreEvent.ChannelError(vgpu.function().gfid(), 9, 3, 32));
        }
        assertThat(events).hasSize(GuestWatch.BURST);
        assertThat(events.getLast().sentence()).contains("the others are counted");
        assertThat(vgpu.channelFaults()).isEqualTo(storm);
        core.tell(new CoreEvent.ChannelError(other.function().gfid(), 9, 3, 32));
        assertThat(events).as("another's budget is its own").hasSize(GuestWatch.BURST + 1);
        core.nanos += GuestWatch.REFILL_NANOS;
        core.tell(new CoreEvent.ChannelError(vgpu.function().gfid(), 9, 3, 32));
        core.tell(new CoreEvent.ChannelError(vgpu.function().gfid(), 9, 3, 32));
        assertThat(events).hasSize(GuestWatch.BURST + 2).last().satisfies(event -> {
            assertThat(event.sentence()).contains(storm - GuestWatch.BURST + " more were stopped");
            assertThat(((VgpuEvent.ChannelFault) event).untold()).isEqualTo(storm - GuestWatch.BURST);
            assertThat(((VgpuEvent.ChannelFault) event).total()).isEqualTo(storm + 1);
        });
    }

    @Test
    void theGuestsDriverIsSeenToComeAndGo() {
        Vgpu vgpu = manager.create(VgpuSpec.of("L40-8Q"));
        int gfid = vgpu.function().gfid();
        manager.addListener(events::add);
        core.tell(new CoreEvent.GuestDriver(gfid, CoreEvent.GuestDriver.Change.LOADED));
        core.tell(new CoreEvent.GuestDriver(gfid, CoreEvent.GuestDriver.Change.UNLOADED));
        vgpu.reset();
        core.tell(new CoreEvent.GuestDriver(gfid, CoreEvent.GuestDriver.Change.LOADED));
        core.tell(new CoreEvent.GuestDriver(gfid, CoreEvent.GuestDriver.Change.CRASHED));
        core.tell(new CoreEvent.GuestDriver(gfid, CoreEvent.GuestDriver.Change.LOADED));
        vgpu.reset();
        core.tell(new CoreEvent.GuestDriver(gfid + 1, CoreEvent.GuestDriver.Change.LOADED));
        assertThat(events.stream().filter(VgpuEvent.GuestDriverChanged.class::isInstance))
                .extracting(event -> ((VgpuEvent.GuestDriverChanged) event).driver())
                .containsExactly(
                        GuestDriver.LOADED,
                        GuestDriver.UNLOADED,
                        GuestDriver.LOADED,
                        GuestDriver.CRASHED,
                        GuestDriver.LOADED,
                        GuestDriver.LOST);
    }

    @Test
    void everyStateChangeIsTold() {
        manager.addListener(events::add);
        Vgpu vgpu = manager.create(VgpuSpec.of("L40-8Q"));
        vgpu.reset();
        vgpu.destroy();
        assertThat(events)
                .extracting(event -> ((VgpuEvent.StateChanged) event).to())
                .containsExactly(
                        VgpuState.ASSIGNED,
                        VgpuState.STARTING,
                        VgpuState.ACTIVE,
                        VgpuState.RESETTING,
                        VgpuState.ACTIVE,
                        VgpuState.STOPPING,
                        VgpuState.ASSIGNED,
                        VgpuState.EMPTY);
        assertThat(events).allMatch(event -> event.sentence().endsWith("."));
    }

    @Test
    void channelRangesArePowersOfTwoThatAllFit() {
        assertThat(CreationSteps.channelCount(core.description(), 1)).isEqualTo(1024);
        assertThat(CreationSteps.channelCount(core.description(), 6)).isEqualTo(256);
        assertThat(CreationSteps.channelCount(core.description(), 32)).isEqualTo(32);
    }
}
