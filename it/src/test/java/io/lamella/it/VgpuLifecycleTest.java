// SPDX-License-Identifier: Apache-2.0
package io.lamella.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.lamella.gpu.plugin.PluginFault;
import io.lamella.gpu.plugin.VgpuStatus;
import io.lamella.pci.PciFunction;
import io.lamella.vgpu.Vgpu;
import io.lamella.vgpu.VgpuException;
import io.lamella.vgpu.VgpuException.Reason;
import io.lamella.vgpu.VgpuInfo;
import io.lamella.vgpu.VgpuSpec;
import io.lamella.vgpu.VgpuState;
import io.lamella.vgpu.type.VgpuType;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** vGPUs on the real software GPU, with both firmware releases. */
@Timeout(120)
class VgpuLifecycleTest {
    private static final String NEW = "570.144";
    private static final String OLD = "535.113.01";

    @ParameterizedTest
    @EnumSource
    void everyStepIsRealOnTheGpusSide(TestedGpu tested) {
        try (VgpuRig rig = new VgpuRig(tested)) {
            assertThat(rig.manager.gpu().firmwareRelease()).isEqualTo(tested.release);
            String before = rig.settledAccounts();
            assertThat(rig.manager.enabledVirtualFunctions()).isZero();

            Vgpu vgpu = rig.manager.create(VgpuSpec.of(tested.type(8)));
            VgpuInfo info = vgpu.info();
            assertThat(info.state()).isEqualTo(VgpuState.ACTIVE);
            assertThat(info.rpcVersion()).isEqualTo(1);
            assertThat(info.channels()).isEqualTo(tested == TestedGpu.BLACKWELL_570 ? 128 : 256);
            VgpuStatus status = rig.board.vgpus().getFirst();
            assertThat(status.state()).isEqualTo(VgpuStatus.State.ACTIVE);
            assertThat(status.uuid()).isEqualTo(vgpu.uuid());
            assertThat(status.type().name()).isEqualTo(vgpu.type().product());
            assertThat(status.frameBuffer()).singleElement().satisfies(range -> {
                assertThat(range.base()).isEqualTo(info.fbOffset());
                assertThat(range.lengthBytes()).isEqualTo(7616L << 20);
            });
            PciFunction function = rig.board.physicalFunction().virtualFunction(0);
            assertThat(function.readConfig(0, 4))
                    .isEqualTo((long) tested.board().deviceId() << 16 | 0x10de);
            assertThat(function.readConfig(0x2c, 4))
                    .isEqualTo((long) vgpu.type().identity().subsystem().device() << 16 | 0x10de);
            assertThat(function.barLayout(1).sizeBytes()).isEqualTo(2L << 30);

            vgpu.setBusMaster(true);
            assertThat(rig.board.vgpus().getFirst().busMasterEnabled()).isTrue();
            vgpu.reset();
            assertThat(rig.board.vgpus().getFirst().busMasterEnabled()).isFalse();
            vgpu.destroy();
            assertThat(rig.accounts()).isEqualTo(before);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"ADA_570", "BLACKWELL_570"})
    void memoryIsClearedWhenAVgpuGetsItIsResetAndLeavesIt(TestedGpu tested) {
        try (VgpuRig rig = new VgpuRig(tested)) {
            Vgpu first = rig.manager.create(VgpuSpec.of(tested.type(4)));
            long at = first.info().fbOffset();
            long length = first.info().fbBytes();
            first.destroy();

            rig.soil(at, length);
            assertThat(rig.isSoiled(at, length)).isTrue();
            Vgpu vgpu = rig.manager.create(VgpuSpec.of(tested.type(4)));
            assertThat(vgpu.info().fbOffset()).isEqualTo(at);
            assertThat(rig.isSoiled(at, length)).as("after creation").isFalse();

            rig.soil(at, length);
            vgpu.reset();
            assertThat(rig.isSoiled(at, length)).as("after a reset").isFalse();

            rig.soil(at, length);
            vgpu.destroy();
            assertThat(rig.isSoiled(at, length)).as("after destruction").isFalse();
        }
    }

    /** Every call of a creation fails in its turn: without an effect, and with its answer lost. */
    @ParameterizedTest
    @CsvSource({NEW + ",false", NEW + ",true", OLD + ",false", OLD + ",true"})
    void whereverCreationFailsNothingIsLeft(String release, boolean late) {
        FaultyCore faulty = new FaultyCore();
        try (VgpuRig rig = new VgpuRig(release, UnaryOperator.identity(), faulty::over)) {
            String before = rig.settledAccounts();
            int first = faulty.calls.size();
            Vgpu whole = rig.manager.create(VgpuSpec.of("L40-1B"));
            List<String> creation = List.copyOf(faulty.calls.subList(first, faulty.calls.size()));
            assertThat(creation).hasSize(12).endsWith("ringDoorbell", "ringDoorbell", "ringDoorbell");
            whole.destroy();
            assertThat(rig.accounts()).isEqualTo(before);

            faulty.lateFailure = late;
            for (int i = 0; i < creation.size(); i++) {
                String point = "call " + i + ", " + creation.get(i);
                faulty.failAt = faulty.calls.size() + i;
                assertThat(catchThrowableOfType(VgpuException.class, () -> rig.manager.create(VgpuSpec.of("L40-1B"))))
                        .as(point)
                        .isNotNull()
                        .hasMessageContaining("was not started: step");
                faulty.failAt = -1;
                assertThat(rig.accounts()).as(point).isEqualTo(before);
                assertThat(rig.manager.vgpus()).as(point).isEmpty();
            }
            rig.manager.create(VgpuSpec.of("L40-1B")).destroy();
            assertThat(rig.accounts()).isEqualTo(before);
        }
    }

    /** The firmware itself fails, in each way that it can. */
    @Test
    void whateverTheFirmwareDoesNothingIsLeft() {
        try (VgpuRig rig = new VgpuRig(NEW)) {
            String before = rig.settledAccounts();
            for (PluginFault fault :
                    List.of(PluginFault.BOOT, PluginFault.SILENT_BOOT, PluginFault.SILENT_RPC, PluginFault.RPC)) {
                rig.board.inject(fault, true);
                assertThat(catchThrowableOfType(VgpuException.class, () -> rig.manager.create(VgpuSpec.of("L40-8Q"))))
                        .as(fault.name())
                        .isNotNull()
                        .satisfies(refused -> assertThat(refused.reason()).isEqualTo(Reason.FIRMWARE));
                rig.board.inject(fault, false);
                assertThat(rig.accounts()).as(fault.name()).isEqualTo(before);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"SHUTDOWN", "CLEAN_UP"})
    void aCleanUpThatFailsFencesTheMemoryUntilItIsRepeated(String faultName) {
        PluginFault fault = PluginFault.valueOf(faultName);
        try (VgpuRig rig = new VgpuRig(NEW)) {
            String before = rig.settledAccounts();
            Vgpu vgpu = rig.manager.create(VgpuSpec.of("L40-12Q"));
            long at = vgpu.info().fbOffset();
            rig.board.inject(fault, true);
            assertThatExceptionOfType(VgpuException.class)
                    .isThrownBy(vgpu::destroy)
                    .withMessageContaining("is in quarantine");
            rig.board.inject(fault, false);
            assertThat(rig.manager.quarantined()).containsExactly(vgpu);

            List<Vgpu> others = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                Vgpu other = rig.manager.create(VgpuSpec.of("L40-12Q"));
                assertThat(other.info().fbOffset()).isNotEqualTo(at);
                others.add(other);
            }
            assertThatExceptionOfType(VgpuException.class)
                    .isThrownBy(() -> rig.manager.create(VgpuSpec.of("L40-12Q")))
                    .withMessageContaining("1 of them in quarantine");

            vgpu.clearQuarantine();
            others.add(rig.manager.create(VgpuSpec.of("L40-12Q")));
            assertThat(others.getLast().info().fbOffset()).isEqualTo(at);
            others.forEach(Vgpu::destroy);
            assertThat(rig.accounts()).isEqualTo(before);
        }
    }

    @Test
    void aGpuIsCutIntoVgpusOfOneSize() {
        try (VgpuRig rig = new VgpuRig(NEW)) {
            Vgpu one = rig.manager.create(VgpuSpec.of("L40-24Q"));
            VgpuException size =
                    catchThrowableOfType(VgpuException.class, () -> rig.manager.create(VgpuSpec.of("L40-8Q")));
            assertThat(size.reason()).isEqualTo(Reason.OTHER_SIZE);
            assertThat(size).hasMessageContaining("1 of L40-24Q").hasMessageContaining("L40-24A, L40-24C, L40-24Q");
            Vgpu two = rig.manager.create(VgpuSpec.of("L40-24C"));
            assertThat(rig.manager.availability()).noneMatch(each -> each.isCreatable());
            one.destroy();
            two.destroy();
            assertThat(rig.manager.availability()).allMatch(each -> each.isCreatable());
        }
    }

    /** The published numbers hold on a board of 48 or 96 GiB with the firmware's own memory taken off. */
    @ParameterizedTest
    @CsvSource({
        "ADA_570,L40-1B",
        "ADA_570,L40-2Q",
        "ADA_570,L40-3Q",
        "ADA_570,L40-48Q",
        "BLACKWELL_570,DC-3Q",
        "BLACKWELL_570,DC-32C",
        "BLACKWELL_570,DC-96Q",
    })
    void asManyFitAsTheTypeSays(TestedGpu tested, String name) {
        try (VgpuRig rig = new VgpuRig(tested)) {
            String before = rig.settledAccounts();
            VgpuType type = rig.manager.supportedTypes().stream()
                    .filter(each -> each.name().equals(name))
                    .findFirst()
                    .orElseThrow();
            List<Vgpu> all = new ArrayList<>();
            for (int i = 0; i < type.maxInstances(); i++) {
                all.add(rig.manager.create(VgpuSpec.of(name)));
            }
            assertThat(rig.board.vgpus()).hasSize(type.maxInstances());
            assertThat(catchThrowableOfType(VgpuException.class, () -> rig.manager.create(VgpuSpec.of(name)))
                            .reason())
                    .isIn(Reason.TOO_MANY, Reason.NO_VIRTUAL_FUNCTION);
            all.forEach(Vgpu::destroy);
            assertThat(rig.accounts()).isEqualTo(before);
        }
    }

    @Test
    void severalComeAndGoAtATime() throws Exception {
        try (VgpuRig rig = new VgpuRig(NEW);
                ExecutorService threads = Executors.newFixedThreadPool(8)) {
            String before = rig.settledAccounts();
            List<Future<?>> all = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                all.add(threads.submit(() -> {
                    for (int round = 0; round < 5; round++) {
                        Vgpu vgpu = rig.manager.create(VgpuSpec.of("L40-3Q"));
                        vgpu.setBusMaster(true);
                        vgpu.reset();
                        vgpu.destroy();
                    }
                }));
            }
            for (Future<?> each : all) {
                Object unused = each.get(60, TimeUnit.SECONDS);
                assertThat(unused).isNull();
            }
            assertThat(rig.accounts()).isEqualTo(before);
        }
    }

    @Test
    @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void theGpuMayBePulledOutUnderItsVgpus() throws InterruptedException {
        VanishingFunction vanishing = new VanishingFunction();
        try (VgpuRig rig = new VgpuRig(NEW, vanishing::over, UnaryOperator.identity())) {
            Vgpu one = rig.manager.create(VgpuSpec.of("L40-8Q"));
            Vgpu two = rig.manager.create(VgpuSpec.of("L40-8Q"));
            vanishing.vanish();
            assertThatExceptionOfType(VgpuException.class).isThrownBy(() -> one.setBusMaster(true));
            long limit = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
            while ((one.state() != VgpuState.GONE || two.state() != VgpuState.GONE) && System.nanoTime() < limit) {
                Thread.sleep(10);
            }
            assertThat(one.state()).isEqualTo(VgpuState.GONE);
            assertThat(two.state()).isEqualTo(VgpuState.GONE);
            assertThat(catchThrowableOfType(VgpuException.class, () -> rig.manager.create(VgpuSpec.of("L40-8Q")))
                            .reason())
                    .isEqualTo(Reason.GPU_GONE);
            two.destroy();
            assertThat(two.state()).isEqualTo(VgpuState.EMPTY);
        }
    }
}
