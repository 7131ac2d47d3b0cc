// SPDX-License-Identifier: Apache-2.0
package io.lamella.vgpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.lamella.vgpu.VgpuException.Reason;
import io.lamella.vgpu.placement.PlacementMode;
import io.lamella.vgpu.placement.PlacementPlan;
import io.lamella.vgpu.type.TypeCatalogue;
import io.lamella.vgpu.type.VgpuType;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import java.util.UUID;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Equal and mixed sizes, placement ids, and how many virtual functions there are. */
class ModesTest {
    private static final TypeCatalogue TYPES = TypeCatalogue.shipped();
    private static final long UNIT = 960L << 20;

    private final ScriptedCore core = new ScriptedCore(48_800, 32);
    private final VgpuManager manager = VgpuManager.open(core, TYPES, new VgpuOptions(core, 10_000, 4_000));

    @AfterEach
    void neitherMemoryNorOrderWasWrong() {
        assertThat(core.faults).isEmpty();
    }

    private static void refused(Reason reason, String sentence, ThrowingCallable call) {
        VgpuException refused = catchThrowableOfType(VgpuException.class, call);
        assertThat(refused).isNotNull();
        assertThat(refused.reason()).isEqualTo(reason);
        assertThat(refused).hasMessageContaining(sentence);
    }

    private TypeAvailability available(String type) {
        return manager.availability().stream()
                .filter(each -> each.type().name().equals(type))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void frameBufferLiesWhereThePlacementIs() {
        Vgpu third = manager.create(VgpuSpec.of("L40-8Q").withPlacement(16));
        assertThat(third.placement().id()).isEqualTo(16);
        assertThat(third.info().fbOffset()).isEqualTo(16 * UNIT);
        assertThat(manager.create(VgpuSpec.of("L40-8Q")).info().fbOffset()).isZero();
        assertThat(manager.create(VgpuSpec.of("L40-8C")).info().fbOffset()).isEqualTo(8 * UNIT);
        assertThat(manager.create(VgpuSpec.of("L40-8A")).info().fbOffset()).isEqualTo(24 * UNIT);
        assertThat(manager.layout().map()).isEqualTo("BBBBBBBBCCCCCCCCAAAAAAAADDDDDDDD................");
    }

    @Test
    void aTakenOrUnknownPlacementIsRefusedWithTheFreeOnes() {
        Vgpu first = manager.create(VgpuSpec.of("L40-12Q").withPlacement(12));
        refused(
                Reason.PLACEMENT,
                "Placement id 12 is taken by vGPU " + first.uuid() + ". Free are 0, 24, 36",
                () -> manager.create(VgpuSpec.of("L40-12Q").withPlacement(12)));
        for (int id : new int[] {-1, 1, 48, Integer.MAX_VALUE}) {
            refused(
                    Reason.PLACEMENT,
                    "Placement id " + id + " is none of L40-12Q in equal-size mode. Free are 0, 24, 36",
                    () -> manager.create(VgpuSpec.of("L40-12Q").withPlacement(id)));
        }
        assertThat(manager.vgpus()).containsExactly(first);
    }

    @Test
    void sizesMixInMixedSizeMode() {
        manager.setMode(PlacementMode.MIXED_SIZE);
        List<Vgpu> all = new ArrayList<>();
        for (String type : List.of("L40-24Q", "L40-8Q", "L40-4C", "L40-2B", "L40-1Q")) {
            all.add(manager.create(VgpuSpec.of(type)));
        }
        for (Vgpu vgpu : all) {
            assertThat(vgpu.info().fbOffset()).isEqualTo(vgpu.placement().id() * UNIT);
            assertThat(vgpu.type().fbLengthBytes())
                    .isLessThanOrEqualTo(vgpu.placement().units() * UNIT);
        }
        assertThat(all.getFirst().placement().id()).isZero();
        assertThat(core.plugin(1).placementId).isZero();
        assertThat(core.plugin(2).placementId).isEqualTo(all.get(1).placement().id());
        all.forEach(Vgpu::destroy);
        assertThat(manager.layout().freeUnits()).isEqualTo(48);
    }

    @Test
    void theFirmwareIsToldOfNoPlacementInEqualSizeMode() {
        manager.create(VgpuSpec.of("L40-24Q").withPlacement(24));
        assertThat(core.plugin(1).placementId).isEqualTo(0xffff);
    }

    @Test
    void theModeIsForAnEmptyGpu() {
        Vgpu vgpu = manager.assign(VgpuSpec.of("L40-8Q"));
        refused(
                Reason.MODE_IN_USE,
                "is in equal-size mode and has vGPUs: " + vgpu.uuid() + " (L40-8Q, ASSIGNED). Release them first",
                () -> manager.setMode(PlacementMode.MIXED_SIZE));
        manager.setMode(PlacementMode.EQUAL_SIZE);
        vgpu.release();
        manager.setMode(PlacementMode.MIXED_SIZE);
        assertThat(manager.mode()).isEqualTo(PlacementMode.MIXED_SIZE);
    }

    @Test
    void theSupportedListStaysAndTheCreatableOneSaysHowManyOrWhyNone() {
        int supported = manager.supportedTypes().size();
        assertThat(available("L40-8Q").remaining()).isEqualTo(6);
        assertThat(available("L40-1B").remaining()).isEqualTo(32);
        manager.create(VgpuSpec.of("L40-8Q"));
        assertThat(available("L40-8Q").remaining()).isEqualTo(5);
        assertThat(available("L40-8Q").freePlacementIds()).containsExactly(8, 16, 24, 32, 40);
        assertThat(available("L40-8Q").placementIds()).hasSize(6);
        assertThat(available("L40-4Q").remaining()).isZero();
        assertThat(available("L40-4Q").refusal()).isEqualTo(Reason.OTHER_SIZE);
        for (int i = 0; i < 5; i++) {
            manager.create(VgpuSpec.of("L40-8C"));
        }
        assertThat(manager.availability())
                .hasSize(supported)
                .allSatisfy(each -> assertThat(each.remaining()).isZero())
                .allSatisfy(each -> assertThat(each.sentence()).endsWith("."));
        assertThat(available("L40-8Q").refusal()).isEqualTo(Reason.TOO_MANY);
        assertThat(manager.supportedTypes()).hasSize(supported);
    }

    @Test
    void mixedSizeModeSaysWhatIsInTheWay() {
        manager.setMode(PlacementMode.MIXED_SIZE);
        manager.create(VgpuSpec.of("L40-2Q").withPlacement(10));
        manager.create(VgpuSpec.of("L40-2Q").withPlacement(34));
        assertThat(available("L40-24Q").refusal()).isEqualTo(Reason.NO_FRAME_BUFFER);
        assertThat(available("L40-24Q").sentence()).contains("24 units at [0, 24]", "longest run has 22", "..AA..");
        assertThat(available("L40-48Q").isCreatable()).isFalse();
        PlacementPlan plan = manager.plan(List.of("L40-24Q"));
        assertThat(plan.fits()).isFalse();
        refused(Reason.UNKNOWN_TYPE, "no vGPU type \"L40-9Q\"", () -> manager.plan(List.of("L40-9Q")));
        assertThat(manager.vgpus()).hasSize(2);
    }

    /** What is free for creation can be created, with memory and channels, in any order. */
    @Test
    void whatIsCreatableIsCreatedWhateverTheMix() {
        long seed = System.nanoTime();
        System.out.println("ModesTest seed " + seed);
        Random random = new Random(seed);
        manager.setMode(PlacementMode.MIXED_SIZE);
        List<Vgpu> all = new ArrayList<>();
        int made = 0;
        for (int i = 0; i < 150; i++) {
            List<VgpuType> can = manager.availability().stream()
                    .filter(TypeAvailability::isCreatable)
                    .map(TypeAvailability::type)
                    .toList();
            if (!can.isEmpty() && (all.isEmpty() || random.nextInt(5) > 1)) {
                all.add(manager.create(
                        VgpuSpec.of(can.get(random.nextInt(can.size())).name())));
                made++;
            } else {
                all.remove(random.nextInt(all.size())).destroy();
            }
        }
        assertThat(made).isGreaterThan(40);
        all.forEach(Vgpu::destroy);
        assertThat(core.ranges).isEmpty();
        assertThat(core.channels).isEmpty();
    }

    @Test
    void memoryThatSomebodyElseHasIsNotOffered() {
        Vgpu vgpu = manager.create(VgpuSpec.of("L40-24Q"));
        core.broken = PluginControls.CLEAN_UP;
        assertThat(catchThrowableOfType(VgpuException.class, vgpu::stop)).isNotNull();
        manager.close();
        core.broken = "";
        core.plugins.clear();
        VgpuManager next = VgpuManager.open(core, TYPES, new VgpuOptions(core, 10_000, 4_000));
        assertThat(next.layout().map()).startsWith("#".repeat(24) + ".");
        assertThat(next.create(VgpuSpec.of("L40-24Q")).placement().id()).isEqualTo(24);
        core.faults.clear();
    }

    @Test
    void aFullAssignmentTakesNothingOfTheGpu() {
        String before = core.accounts();
        for (int i = 0; i < 32; i++) {
            manager.assign(VgpuSpec.of("L40-1B"));
        }
        assertThat(core.accounts()).isEqualTo(before);
        assertThat(core.enabled).isZero();
        assertThat(manager.virtualFunctions())
                .allSatisfy(function -> assertThat(function.state()).isEqualTo(VgpuState.ASSIGNED));
        manager.vgpus().forEach(Vgpu::release);
        assertThat(manager.virtualFunctions())
                .hasSize(32)
                .allSatisfy(function -> assertThat(function.state()).isEqualTo(VgpuState.EMPTY))
                .noneMatch(VirtualFunctionInfo::enabled);
    }

    @Test
    void virtualFunctionsComeOnDemandOrAsManyAsAreWanted() {
        Vgpu vgpu = manager.create(VgpuSpec.of("L40-8Q"));
        assertThat(core.enabled).isEqualTo(32);
        refused(
                Reason.VIRTUAL_FUNCTIONS_IN_USE,
                "is 32 and cannot become 4 while 1 vGPU has one",
                () -> manager.setVirtualFunctions(4));
        manager.setVirtualFunctions(32);
        vgpu.stop();
        assertThat(core.enabled).isEqualTo(32);
        manager.setVirtualFunctions(2);
        assertThat(core.enabled).isEqualTo(2);
        vgpu.start();
        Vgpu second = manager.create(VgpuSpec.of("L40-8Q"));
        refused(
                Reason.NO_VIRTUAL_FUNCTION,
                "All 2 virtual functions that are enabled are in use; release a vGPU first, or enable more of the 32",
                () -> manager.create(VgpuSpec.of("L40-8Q")));
        assertThat(available("L40-8Q").refusal()).isEqualTo(Reason.NO_VIRTUAL_FUNCTION);
        second.destroy();
        refused(
                Reason.NO_VIRTUAL_FUNCTION,
                "Virtual function 2 is not enabled, only the first 2 are",
                () -> manager.create(new VgpuSpec("L40-8Q", UUID.randomUUID(), OptionalInt.of(2))));
        manager.setVirtualFunctions(VgpuManager.ON_DEMAND);
        vgpu.destroy();
        assertThat(core.enabled).isZero();
        refused(Reason.NO_VIRTUAL_FUNCTION, "33 virtual functions cannot be", () -> manager.setVirtualFunctions(33));
        refused(Reason.NO_VIRTUAL_FUNCTION, "-2 virtual functions cannot be", () -> manager.setVirtualFunctions(-2));
    }

    @Test
    void settingsReachTheFirmwareAtTheStartAndLater() {
        VgpuParameters urgent = new VgpuParameters(true, false, true, false, false, 8, VgpuPriority.HIGH, 20);
        Vgpu vgpu = manager.create(VgpuSpec.of("L40-8Q").withParameters(urgent));
        assertThat(core.plugin(1).scheduling).isEqualTo("8 2 20000000");
        assertThat(core.plugin(1).console).isFalse();
        assertThat(core.plugin(1).unifiedMemory).isTrue();
        VgpuParameters calm = new VgpuParameters(true, false, true, false, false, 1, VgpuPriority.LOW, 0);
        vgpu.setParameters(calm);
        assertThat(core.plugin(1).scheduling).isEqualTo("1 0 0");
        refused(Reason.PARAMETERS, "console: this cannot change", () -> vgpu.setParameters(VgpuParameters.DEFAULT));
        assertThat(vgpu.parameters()).isEqualTo(calm);
        core.plugin(1).nextResult = 0x56;
        refused(Reason.FIRMWARE, "0x56", () -> vgpu.setParameters(urgent));
        assertThat(vgpu.parameters()).isEqualTo(calm);
        vgpu.stop();
        vgpu.setParameters(VgpuParameters.DEFAULT);
        vgpu.start();
        assertThat(core.plugin(1).scheduling).isEmpty();
    }

    @Test
    void wrongSettingsAreRefusedBeforeAnything() {
        String before = core.accounts();
        VgpuParameters wrong = new VgpuParameters(true, true, true, true, false, 0, VgpuPriority.LOW, -1);
        VgpuException refused = catchThrowableOfType(
                VgpuException.class, () -> manager.create(VgpuSpec.of("L40-8A").withParameters(wrong)));
        assertThat(refused.reason()).isEqualTo(Reason.PARAMETERS);
        assertThat(refused.problems()).hasSize(4);
        assertThat(core.accounts()).isEqualTo(before);
        assertThat(manager.vgpus()).isEmpty();
    }
}
