// SPDX-License-Identifier: Apache-2.0
package io.lamella.vgpu.placement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.lamella.vgpu.type.TypeCatalogue;
import io.lamella.vgpu.type.VgpuType;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PlacementIdsTest {
    private static List<Integer> mixed(int board, int size) {
        return PlacementIds.of(PlacementMode.MIXED_SIZE, board, size, 32);
    }

    private static List<Integer> numbers(String ids) {
        return Arrays.stream(ids.trim().split(" ", -1)).map(Integer::valueOf).toList();
    }

    /** Rows as NVIDIA's vGPU 17 user guide prints them in its appendix B. */
    @ParameterizedTest
    @CsvSource({
        "80, 20, 0 20 40 60",
        "80, 16, 0 24 40 64",
        "80,  8, 0 12 20 32 40 52 60 72",
        "24,  8, 0 16",
        "24,  4, 0 8 12 20",
        "24,  2, 0 4 6 10 12 16 18 22",
        "94, 15, 0 32 47 79",
        "94, 11, 0 12 23 36 47 59 70 83",
    })
    void publishedRowsComeOut(int board, int size, String ids) {
        assertThat(mixed(board, size)).isEqualTo(numbers(ids));
    }

    /**
     * The guide's row of 4 GiB on a 64 GiB board has a 46 among the last ones, which is a misprint: ids rise, placements of one type do
     * not overlap, and by the rule there is a 56 where the guide has it.
     */
    @Test
    void theMisprintedRowComesOutAsItMustBe() {
        List<Integer> ids = mixed(64, 4);
        assertThat(ids).hasSize(16).isSorted().contains(56).doesNotContain(46);
        assertThat(ids).allMatch(id -> id % 4 == 0);
    }

    /** By the rule; no table of 48 GiB boards is published that could be read. */
    @ParameterizedTest
    @CsvSource({
        "48, 0",
        "24, 0 24",
        "16, 0 32",
        "12, 0 12 24 36",
        " 8, 0 16 24 40",
        " 6, 0 6 12 18 24 30 36 42",
        " 4, 0 8 12 20 24 32 36 44",
        " 3, 0 3 6 9 12 15 18 21 24 27 30 33 36 39 42 45",
        " 2, 0 4 6 10 12 16 18 22 24 28 30 34 36 40 42 46",
    })
    void idsOf48GibBoards(int size, String ids) {
        assertThat(mixed(48, size)).isEqualTo(numbers(ids));
    }

    /** By the rule; no table of 96 GiB boards is published that could be read. */
    @ParameterizedTest
    @CsvSource({
        "96, 0",
        "48, 0 48",
        "32, 0 64",
        "24, 0 24 48 72",
        "16, 0 32 48 80",
        "12, 0 12 24 36 48 60 72 84",
        " 8, 0 16 24 40 48 64 72 88",
        " 6, 0 6 12 18 24 30 36 42 48 54 60 66 72 78 84 90",
        " 4, 0 8 12 20 24 32 36 44 48 56 60 68 72 80 84 92",
    })
    void idsOf96GibBoards(int size, String ids) {
        assertThat(mixed(96, size)).isEqualTo(numbers(ids));
        assertThat(mixed(96, 3)).hasSize(32);
    }

    @Test
    void equalSizesLieOneBehindTheOther() {
        assertThat(PlacementIds.of(PlacementMode.EQUAL_SIZE, 48, 8, 32)).containsExactly(0, 8, 16, 24, 32, 40);
        assertThat(PlacementIds.of(PlacementMode.EQUAL_SIZE, 48, 1, 32)).hasSize(32);
        assertThat(PlacementIds.of(PlacementMode.EQUAL_SIZE, 9, 12, 32)).isEmpty();
    }

    /** Whatever the board and the size: ids rise, lie on the board, and placements of one size are apart. */
    @Test
    void placementsOfOneSizeAreApartAndOnTheBoard() {
        for (PlacementMode mode : PlacementMode.values()) {
            for (int board = 0; board <= 128; board++) {
                for (int size = 1; size <= board + 1; size++) {
                    List<Integer> ids = PlacementIds.of(mode, board, size, 32);
                    int end = 0;
                    for (int id : ids) {
                        assertThat(id).as(mode + " " + board + " " + size).isGreaterThanOrEqualTo(end);
                        end = id + size;
                    }
                    assertThat(end).isLessThanOrEqualTo(board);
                    int fit = Math.min(32, board / size);
                    assertThat(ids).hasSize(mode == PlacementMode.EQUAL_SIZE ? fit : Integer.highestOneBit(fit));
                }
            }
        }
        assertThatIllegalArgumentException().isThrownBy(() -> mixed(48, 0));
    }

    @Test
    void everyShippedTypeHasAsManyPlacementsAsItsFileSays() {
        for (VgpuType type : TypeCatalogue.shipped().types()) {
            int board = (int) (type.boardFbBytes() >> 30);
            for (PlacementMode mode : PlacementMode.values()) {
                assertThat(PlacementIds.of(mode, board, type.placementUnits(), 32))
                        .as(type.name() + " " + mode)
                        .hasSize(type.maxInstances(mode));
            }
        }
    }
}
