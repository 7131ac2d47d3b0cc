// SPDX-License-Identifier: Apache-2.0
package io.lamella.vgpu.placement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.lamella.vgpu.placement.PlacementLayout.Occupant;
import io.lamella.vgpu.placement.PlacementPlan.Item;
import io.lamella.vgpu.type.TypeCatalogue;
import io.lamella.vgpu.type.VgpuType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PlacementPlannerTest {
    private static final List<VgpuType> BOARD = TypeCatalogue.shipped().types().stream()
            .filter(type -> type.board().equals("L40"))
            .toList();
    private static final PlacementSpace SPACE = new PlacementSpace(48, 0, 960L << 20);

    private static VgpuType type(String name) {
        return BOARD.stream()
                .filter(each -> each.name().equals("L40-" + name))
                .findFirst()
                .orElseThrow();
    }

    private static List<VgpuType> types(String... names) {
        return Stream.of(names).map(PlacementPlannerTest::type).toList();
    }

    private static PlacementLayout layout(PlacementMode mode, Object... typesAndIds) {
        PlacementLayout layout = PlacementLayout.empty(SPACE, mode);
        for (int i = 0; i < typesAndIds.length; i += 2) {
            VgpuType type = type((String) typesAndIds[i]);
            layout = layout.with(new Occupant(
                    "vm" + i / 2, type, new Placement((Integer) typesAndIds[i + 1], type.placementUnits())));
        }
        return layout;
    }

    private static PlacementPlan plan(PlacementLayout now, List<VgpuType> wanted) {
        PlacementPlan plan = PlacementPlanner.plan(now, 32, BOARD, wanted);
        requireSound(plan);
        return plan;
    }

    /** What a plan places is at ids of its types, and apart. */
    private static void requireSound(PlacementPlan plan) {
        List<Occupant> all = plan.after().occupants();
        for (int i = 0; i < all.size(); i++) {
            assertThat(SPACE.ids(plan.before().mode(), all.get(i).type()))
                    .contains(all.get(i).placement().id());
            for (Occupant other : all.subList(0, i)) {
                assertThat(all.get(i).placement().overlaps(other.placement())).isFalse();
            }
        }
        assertThat(plan.items().stream().allMatch(item -> item.refusal().isEmpty()))
                .isEqualTo(plan.fits());
        assertThat(plan.items())
                .allMatch(
                        item -> item.placementId().isPresent() == item.refusal().isEmpty());
        assertThat(plan.fits())
                .isEqualTo(plan.suggestions().isEmpty()
                        && plan.sentence().contains("fit")
                        && plan.items().stream()
                                .allMatch(item -> item.placementId().isPresent()));
    }

    @Test
    void asManyAsTheTypeAllowsFitInEqualSizeMode() {
        for (VgpuType type : BOARD) {
            PlacementLayout empty = PlacementLayout.empty(SPACE, PlacementMode.EQUAL_SIZE);
            List<VgpuType> all = new ArrayList<>(Collections.nCopies(type.maxInstances(), type));
            assertThat(plan(empty, all).fits()).as(type.name()).isTrue();
            all.add(type);
            PlacementPlan more = plan(empty, all);
            assertThat(more.fits()).as(type.name()).isFalse();
            assertThat(more.sentence()).startsWith(type.maxInstances() + " of " + all.size() + " fit");
        }
    }

    @Test
    void aSecondSizeNeedsTheOtherMode() {
        PlacementPlan empty = plan(layout(PlacementMode.EQUAL_SIZE), types("24Q", "8Q", "8Q"));
        assertThat(empty.fits()).isFalse();
        assertThat(empty.items().get(1).refusal()).contains("another size");
        assertThat(empty.suggestions()).contains("In mixed-size mode they fit; set the GPU to it.");
        PlacementPlan used = plan(layout(PlacementMode.EQUAL_SIZE, "24Q", 0), types("8Q"));
        assertThat(used.suggestions()).anyMatch(sentence -> sentence.contains("mode can only change on an empty GPU"));
        assertThat(plan(layout(PlacementMode.MIXED_SIZE), types("24Q", "8Q", "8Q"))
                        .fits())
                .isTrue();
    }

    /** A small one goes where it takes nothing from large ones that it need not take. */
    @Test
    void automaticPlacementLeavesRoomForLargeOnes() {
        PlacementLayout empty = layout(PlacementMode.MIXED_SIZE);
        // 16 units at 0 leave 16 to 24 in the middle of their half; 8 fits there.
        PlacementLayout one = layout(PlacementMode.MIXED_SIZE, "16Q", 0);
        assertThat(one.bestId(type("8Q"), BOARD)).hasValue(16);
        assertThat(plan(empty, types("16Q", "8Q", "16Q", "8Q")).fits()).isTrue();
        PlacementLayout small = layout(PlacementMode.MIXED_SIZE, "2Q", 0);
        assertThat(small.bestId(type("2Q"), BOARD).orElseThrow()).isLessThan(24);
        assertThat(small.freeIds(type("24Q"))).containsExactly(24);
    }

    /** The 96 GiB of a Blackwell board, whose sizes are not all powers of two. */
    @ParameterizedTest
    @CsvSource({
        "EQUAL_SIZE, DC-32Q DC-32Q DC-32Q, true",
        "EQUAL_SIZE, DC-32Q DC-32Q DC-32C DC-32C, false",
        "EQUAL_SIZE, DC-48Q DC-24Q, false",
        "MIXED_SIZE, DC-48Q DC-24Q DC-12C DC-8Q, true",
        "MIXED_SIZE, DC-48Q DC-24Q DC-24Q, true",
        "MIXED_SIZE, DC-32Q DC-32Q DC-32Q, false",
        "MIXED_SIZE, DC-32Q DC-16Q DC-16Q DC-24Q, true",
        "MIXED_SIZE, DC-96Q DC-3Q, false",
    })
    void theBlackwellBoardTakes(PlacementMode mode, String names, boolean fits) {
        TypeCatalogue shipped = TypeCatalogue.shipped();
        List<VgpuType> board = shipped.types().stream()
                .filter(type -> type.board().equals("RTX-PRO-6000"))
                .toList();
        List<VgpuType> wanted = Stream.of(names.split(" ", -1))
                .map(name -> shipped.find(name).orElseThrow())
                .toList();
        PlacementLayout empty = PlacementLayout.empty(PlacementSpace.nominal(96L << 30), mode);
        assertThat(PlacementPlanner.plan(empty, 32, board, wanted).fits()).isEqualTo(fits);
    }

    @Test
    void anOrderThatDoesNotFitIsPlacedByIds() {
        // Small ones first lie in the way of large ones in some orders; whatever is chosen must be the same set.
        List<VgpuType> wanted = types("4Q", "4Q", "16Q", "12Q", "8Q", "4Q");
        PlacementPlan plan = plan(layout(PlacementMode.MIXED_SIZE), wanted);
        List<VgpuType> sorted = types("16Q", "12Q", "8Q", "4Q", "4Q", "4Q");
        assertThat(plan.fits())
                .isEqualTo(plan(layout(PlacementMode.MIXED_SIZE), sorted).fits());
        assertThat(plan.items()).extracting(Item::type).containsExactlyElementsOf(wanted);
    }

    @Test
    void fragmentationIsShownAndNamed() {
        PlacementLayout now = layout(PlacementMode.MIXED_SIZE, "2Q", 10, "2Q", 34);
        assertThat(now.freeUnits()).isEqualTo(44);
        assertThat(now.largestFreeRun()).isEqualTo(22);
        assertThat(now.map()).isEqualTo("..........AA......................BB............");
        PlacementPlan plan = plan(now, types("24Q"));
        assertThat(plan.fits()).isFalse();
        assertThat(plan.items().getFirst().refusal()).contains("[0, 24]", "22 units of the 24");
        assertThat(plan.suggestions())
                .anyMatch(sentence -> sentence.contains("in pieces") && sentence.contains("anew"));
        assertThat(plan.suggestions()).anyMatch(sentence -> sentence.contains("A smaller type in place of L40-24Q"));
    }

    @Test
    void whatOthersHaveIsNotGivenAway() {
        PlacementLayout now = new PlacementLayout(SPACE, PlacementMode.MIXED_SIZE, List.of(), Set.of(3));
        assertThat(now.freeIds(type("24Q"))).containsExactly(24);
        assertThat(now.map()).startsWith("...#...");
        assertThat(now.freeUnits()).isEqualTo(47);
    }

    @Test
    void virtualFunctionsCount() {
        PlacementPlan plan = PlacementPlanner.plan(
                PlacementLayout.empty(SPACE, PlacementMode.EQUAL_SIZE), 2, BOARD, types("8Q", "8Q", "8Q"));
        assertThat(plan.fits()).isFalse();
        assertThat(plan.items().getLast().refusal()).contains("2 virtual functions");
    }

    /** Whatever is on the GPU and whatever is wanted: the answer is sound, soon, and what fits really fits. */
    @Test
    @Timeout(30)
    void anyQuestionIsAnswered() {
        long seed = System.nanoTime();
        System.out.println("PlacementPlannerTest seed " + seed);
        Random random = new Random(seed);
        int fitting = 0;
        for (int round = 0; round < 300; round++) {
            PlacementMode mode = random.nextInt(4) == 0 ? PlacementMode.EQUAL_SIZE : PlacementMode.MIXED_SIZE;
            PlacementLayout now = PlacementLayout.empty(SPACE, mode);
            for (int i = random.nextInt(8); i > 0; i--) {
                VgpuType type = BOARD.get(random.nextInt(BOARD.size()));
                List<Integer> free = now.freeIds(type);
                if (!free.isEmpty()) {
                    int id = free.get(random.nextInt(free.size()));
                    now = now.with(new Occupant("vm" + i, type, new Placement(id, type.placementUnits())));
                }
            }
            List<VgpuType> wanted = random.ints(random.nextInt(1, 10), 0, BOARD.size())
                    .mapToObj(BOARD::get)
                    .toList();
            PlacementPlan plan = plan(now, wanted);
            if (plan.fits()) {
                fitting++;
                PlacementLayout layout = now;
                for (Item item : plan.items()) {
                    OptionalInt id = item.placementId();
                    assertThat(layout.freeIds(item.type())).contains(id.orElseThrow());
                    layout = layout.with(new Occupant(
                            "planned",
                            item.type(),
                            new Placement(id.orElseThrow(), item.type().placementUnits())));
                }
            }
        }
        assertThat(fitting).isBetween(10, 290);
    }

    /** The search ends soon, whatever is asked. */
    @Test
    @Timeout(60)
    void noQuestionTakesLong() {
        long seed = System.nanoTime();
        System.out.println("PlacementPlannerTest.noQuestionTakesLong seed " + seed);
        Random random = new Random(seed);
        long longest = 0;
        for (int round = 0; round < 100; round++) {
            PlacementLayout now = layout(PlacementMode.MIXED_SIZE);
            if (random.nextBoolean()) {
                now = layout(PlacementMode.MIXED_SIZE, "1Q", 14, "1Q", 32);
            }
            List<VgpuType> wanted = new ArrayList<>();
            int units = 0;
            while (units < 47 && wanted.size() < 30) {
                VgpuType type = BOARD.get(random.nextInt(BOARD.size()));
                if (units + type.placementUnits() <= 48) {
                    units += type.placementUnits();
                    wanted.add(type);
                }
            }
            long begun = System.nanoTime();
            PlacementPlan ignored = plan(now, wanted);
            assertThat(ignored.items()).hasSameSizeAs(wanted);
            longest = Math.max(longest, System.nanoTime() - begun);
        }
        System.out.println("PlacementPlannerTest: the longest plan took " + longest / 1_000_000 + " ms");
        assertThat(longest).isLessThan(2_000_000_000L);
    }

    @Test
    void aLongListIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> plan(layout(PlacementMode.EQUAL_SIZE), Collections.nCopies(65, type("1Q"))))
                .withMessageContaining("At most 64");
    }
}
