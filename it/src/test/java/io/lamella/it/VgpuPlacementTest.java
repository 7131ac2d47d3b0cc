// SPDX-License-Identifier: Apache-2.0
package io.lamella.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.lamella.core.PciAddress;
import io.lamella.gpu.SoftwareGpu;
import io.lamella.gpu.fb.FbRange;
import io.lamella.gpu.sched.MemberSettings;
import io.lamella.gpu.sched.Priority;
import io.lamella.host.GpuSettings;
import io.lamella.host.HostGpu;
import io.lamella.host.LamellaHost;
import io.lamella.host.ShippedFirmware;
import io.lamella.host.guest.NoVmGuest;
import io.lamella.vfio.VfioVgpu;
import io.lamella.vgpu.TypeAvailability;
import io.lamella.vgpu.Vgpu;
import io.lamella.vgpu.VgpuException;
import io.lamella.vgpu.VgpuException.Reason;
import io.lamella.vgpu.VgpuParameters;
import io.lamella.vgpu.VgpuPriority;
import io.lamella.vgpu.VgpuSpec;
import io.lamella.vgpu.placement.PlacementMode;
import io.lamella.vgpu.placement.PlacementSpace;
import io.lamella.vgpu.type.Board;
import io.lamella.vgpu.type.TypeCatalogue;
import io.lamella.vgpu.type.VgpuType;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Placements, settings and boards on the software GPU. */
@Timeout(120)
class VgpuPlacementTest {
    private static final String NEW = "570.144";
    private static final String OLD = "535.113.01";

    /** Memory and channels are there for every mix that the placement ids allow, in any order, and nothing of it is lost. */
    @ParameterizedTest
    @EnumSource
    void sizesMixAndNothingIsLost(TestedGpu tested) {
        long seed = System.nanoTime();
        System.out.println("VgpuPlacementTest seed " + seed);
        Random random = new Random(seed);
        try (VgpuRig rig = new VgpuRig(tested)) {
            String before = rig.settledAccounts();
            rig.manager.setMode(PlacementMode.MIXED_SIZE);
            PlacementSpace space = rig.manager.layout().space();
            assertThat(space.units()).isEqualTo((int) (tested.frameBufferBytes() >> 30));
            assertThat(space.unitBytes()).isEqualTo(960L << 20);
            List<Vgpu> all = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                List<VgpuType> can = rig.manager.availability().stream()
                        .filter(TypeAvailability::isCreatable)
                        .map(TypeAvailability::type)
                        .toList();
                if (!can.isEmpty() && (all.isEmpty() || random.nextInt(3) > 0)) {
                    VgpuType type = can.get(random.nextInt(can.size()));
                    Vgpu vgpu = rig.manager.create(VgpuSpec.of(type.name()));
                    all.add(vgpu);
                    assertThat(vgpu.info().fbOffset())
                            .isEqualTo(space.offsetOf(vgpu.placement().id()));
                } else {
                    all.remove(random.nextInt(all.size())).destroy();
                }
            }
            List<FbRange> ranges = rig.board.vgpus().stream()
                    .flatMap(vgpu -> vgpu.frameBuffer().stream())
                    .toList();
            assertThat(ranges).hasSameSizeAs(all);
            all.forEach(Vgpu::destroy);
            assertThat(rig.accounts()).isEqualTo(before);
        }
    }

    @Test
    void aFullBoardOfTheSmallestTypeLeavesRoomForItsHeaps() {
        try (VgpuRig rig = new VgpuRig(NEW)) {
            String before = rig.settledAccounts();
            rig.manager.setMode(PlacementMode.MIXED_SIZE);
            List<Vgpu> all = new ArrayList<>();
            for (int i = 0; i < 32; i++) {
                all.add(rig.manager.create(VgpuSpec.of("L40-1Q")));
            }
            assertThat(all.getLast().info().channels()).isEqualTo(32);
            all.forEach(Vgpu::destroy);
            assertThat(rig.accounts()).isEqualTo(before);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {NEW, OLD})
    void settingsReachTheEngines(String release) {
        try (VgpuRig rig = new VgpuRig(release)) {
            Vgpu vgpu = rig.manager.create(VgpuSpec.of("L40-8Q")
                    .withParameters(new VgpuParameters(true, true, false, false, true, 4, VgpuPriority.HIGH, 25)));
            MemberSettings expected = new MemberSettings(1, 4, 6, Priority.HIGH, 25_000_000);
            assertThat(rig.board.engines().settings(1)).isEqualTo(expected);
            vgpu.setParameters(new VgpuParameters(true, true, false, false, true, 2, VgpuPriority.LOW, 0));
            assertThat(rig.board.engines().settings(1))
                    .isEqualTo(expected.withWeight(2).withPriority(Priority.LOW).withPreemptionTimeout(0));
            vgpu.reset();
            assertThat(rig.board.engines().settings(1).weight()).isEqualTo(2);
            vgpu.destroy();
            rig.manager.create(VgpuSpec.of("L40-8Q"));
            assertThat(rig.board.engines().settings(1)).isEqualTo(MemberSettings.vgpu(1, 6));
        }
    }

    @Test
    void aSmallerBoardIsCutAsOne() {
        try (VgpuRig rig = new VgpuRig(
                NEW,
                SoftwareGpu.builder("small").frameBufferBytes(8L << 30),
                UnaryOperator.identity(),
                UnaryOperator.identity())) {
            PlacementSpace space = rig.manager.layout().space();
            assertThat(space.units()).isEqualTo(7);
            rig.manager.create(VgpuSpec.of("L40-3Q"));
            rig.manager.create(VgpuSpec.of("L40-3Q"));
            VgpuException refused =
                    catchThrowableOfType(VgpuException.class, () -> rig.manager.create(VgpuSpec.of("L40-3Q")));
            assertThat(refused.reason()).isEqualTo(Reason.NO_FRAME_BUFFER);
            assertThat(refused).hasMessageContaining("3 units at [0, 3]").hasMessageContaining("AAABBB.");
        }
    }

    static Stream<Board> boards() {
        return TypeCatalogue.shipped().boards().stream();
    }

    /** Each shipped board boots, has its types and no others, and a guest finds each with the type's identity. */
    @ParameterizedTest
    @MethodSource("boards")
    void aHostCanHaveAnyBoard(Board board) throws Exception {
        try (LamellaHost host = LamellaHost.builder().firmwareReleases(NEW).start()) {
            HostGpu gpu = host.addGpu(GpuSettings.of("other", new PciAddress(0, 9, 0, 0), board));
            assertThat(gpu.core().description().name()).isEqualTo(board.product());
            assertThat(gpu.core().description().deviceId()).isEqualTo(board.id().device());
            assertThat(gpu.core().description().subsystemId())
                    .isEqualTo(board.subsystem().device());
            assertThat(gpu.manager().supportedTypes())
                    .isNotEmpty()
                    .allMatch(type -> type.board().equals(board.name()));
            VgpuType type = gpu.manager().supportedTypes().stream()
                    .filter(each -> each.name().endsWith("-4Q"))
                    .findFirst()
                    .orElseThrow();
            VfioVgpu vgpu = gpu.create(VgpuSpec.of(type.name()));
            NoVmGuest.Report report = NoVmGuest.run(vgpu.socket(), ShippedFirmware.source(), NEW);
            assertThat(report.product()).isEqualTo(type.product());
            assertThat(report.chip()).isEqualTo(board.chip().equals("GB202") ? "GB202" : "AD102");
            assertThat(report.deviceId()).isEqualTo(board.id().toString());
            assertThat(report.vramBytes()).isEqualTo(3776L << 20);
        }
    }
}
