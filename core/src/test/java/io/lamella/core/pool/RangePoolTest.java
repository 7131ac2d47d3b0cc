// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lamella.core.CoreError;
import io.lamella.core.CoreException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RangePoolTest {
    private record Taken(long start, long count) {}

    @Test
    void takesTheHoleThatFitsBest() {
        RangePool pool = new RangePool("Things", "things", 0, 100);
        long a = pool.take(40, 1, RangePool.End.LOW);
        long b = pool.take(10, 1, RangePool.End.LOW);
        pool.take(20, 1, RangePool.End.LOW);
        long d = pool.take(15, 1, RangePool.End.LOW);
        pool.give(a, 40);
        pool.give(b, 10);
        pool.give(d, 15);
        // Holes are now 0 to 50 and 70 to 100 (30): 25 go to the smaller one.
        assertThat(pool.take(25, 1, RangePool.End.LOW)).isEqualTo(70);
        assertThat(pool.take(45, 1, RangePool.End.HIGH)).isEqualTo(5);
    }

    @Test
    void takesFromTheTopWhateverTheHoles() {
        RangePool pool = new RangePool("Things", "things", 0, 100);
        pool.takeAt(10, 20);
        pool.takeAt(32, 8);
        assertThat(pool.take(2, 1, RangePool.End.HIGH)).isEqualTo(98);
        assertThat(pool.take(2, 1, RangePool.End.LOW)).isEqualTo(30);
    }

    @Test
    void takesWhatIsNamed() {
        RangePool pool = new RangePool("Things", "things", 10, 100);
        assertThat(pool.isFree(10, 100)).isTrue();
        assertThat(pool.isFree(9, 2)).isFalse();
        assertThat(pool.isFree(109, 2)).isFalse();
        assertThat(pool.isFree(20, 0)).isFalse();
        assertThat(pool.isFree(20, Long.MAX_VALUE)).isFalse();
        pool.takeAt(40, 10);
        assertThat(pool.isFree(30, 10)).isTrue();
        assertThat(pool.isFree(30, 11)).isFalse();
        assertThatThrownBy(() -> pool.takeAt(49, 5))
                .isInstanceOfSatisfying(
                        CoreException.class, e -> assertThat(e.error()).isEqualTo(CoreError.NO_SPACE))
                .hasMessageContaining("5 things from 49 on are not all free; 90 of 100 are free");
        pool.takeAt(50, 60);
        pool.takeAt(10, 30);
        assertThat(pool.free()).isZero();
        pool.give(40, 10);
        assertThat(pool.largestFree()).isEqualTo(10);
    }

    @Test
    void alignsAtBothEnds() {
        RangePool pool = new RangePool("Things", "things", 3, 100);
        assertThat(pool.take(8, 8, RangePool.End.LOW)).isEqualTo(8);
        assertThat(pool.take(8, 8, RangePool.End.HIGH)).isEqualTo(88);
        assertThat(pool.free()).isEqualTo(84);
    }

    @Test
    void refusesWithWhatThereIs() {
        RangePool pool = new RangePool("Frame buffer", "bytes", 0, 100);
        pool.take(30, 1, RangePool.End.LOW);
        assertThatThrownBy(() -> pool.take(80, 1, RangePool.End.LOW))
                .isInstanceOfSatisfying(
                        CoreException.class, e -> assertThat(e.error()).isEqualTo(CoreError.NO_SPACE))
                .hasMessageContaining("Frame buffer")
                .hasMessageContaining("80 bytes")
                .hasMessageContaining("70 of 100 are free")
                .hasMessageContaining("largest run has 70");
        assertThatThrownBy(() -> pool.take(70, 64, RangePool.End.LOW)).isInstanceOf(CoreException.class);
    }

    @Test
    void noticesWhatIsGivenBackTwice() {
        RangePool pool = new RangePool("Things", "things", 0, 100);
        long a = pool.take(10, 1, RangePool.End.LOW);
        pool.give(a, 10);
        assertThatThrownBy(() -> pool.give(a, 10)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void neverGivesTheSameTwiceAndJoinsEverythingAgain() {
        long seed = System.nanoTime();
        System.out.println("RangePoolTest seed " + seed);
        Random random = new Random(seed);
        RangePool pool = new RangePool("Things", "things", 7, 5000);
        List<Taken> taken = new ArrayList<>();
        for (int i = 0; i < 5000; i++) {
            if (taken.isEmpty() || random.nextInt(3) > 0) {
                long count = random.nextInt(1, 65);
                long alignment = 1L << random.nextInt(6);
                try {
                    long start =
                            pool.take(count, alignment, random.nextBoolean() ? RangePool.End.LOW : RangePool.End.HIGH);
                    assertThat(start % alignment).isZero();
                    assertThat(start).isGreaterThanOrEqualTo(7);
                    assertThat(start + count).isLessThanOrEqualTo(5007);
                    assertThat(taken).noneMatch(t -> t.start < start + count && start < t.start + t.count);
                    taken.add(new Taken(start, count));
                } catch (CoreException full) {
                    assertThat(full.error()).isEqualTo(CoreError.NO_SPACE);
                }
            } else {
                Taken back = taken.remove(random.nextInt(taken.size()));
                pool.give(back.start, back.count);
            }
            assertThat(pool.free())
                    .isEqualTo(5000 - taken.stream().mapToLong(Taken::count).sum());
        }
        taken.forEach(t -> pool.give(t.start, t.count));
        assertThat(pool.largestFree()).isEqualTo(5000);
    }
}
