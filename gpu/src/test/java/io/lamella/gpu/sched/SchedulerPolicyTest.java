// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.sched;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lamella.gpu.sched.SchedulerPolicy.Kind;
import io.lamella.gpu.sched.SchedulerPolicy.Setting;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SchedulerPolicyTest {
    @ParameterizedTest
    @CsvSource({
        "0,0",
        "1,63",
        "62,63",
        "63,63",
        "64,64",
        "480,480",
        "960,960",
        "961,960",
        "4095,960",
        "-7,63",
        "2147483647,960"
    })
    void clampsTheFrequency(int asked, int got) {
        assertThat(SchedulerPolicy.strict(Kind.EQUAL_SHARE, asked, 0).frequencyHz())
                .isEqualTo(got);
    }

    @ParameterizedTest
    @CsvSource({"0,0", "1,1", "2,2", "30,30", "31,30", "255,30", "-1,1"})
    void clampsTheSlice(int asked, int got) {
        assertThat(SchedulerPolicy.leastTime(Kind.FIXED_SHARE, asked).sliceMillis())
                .isEqualTo(got);
    }

    @ParameterizedTest
    @CsvSource({"0,0,33", "1,1,1", "33,33,33", "60,60,60", "61,60,60", "255,60,60", "-1,1,1"})
    void clampsTheAveragingFactor(int asked, int got, int effective) {
        SchedulerPolicy policy = SchedulerPolicy.strict(Kind.EQUAL_SHARE, 0, asked);
        assertThat(policy.averagingFactor()).isEqualTo(got);
        assertThat(policy.effectiveAveragingFactor()).isEqualTo(effective);
    }

    @ParameterizedTest
    @CsvSource({
        // frequency, density, slice
        "0,1,2083333", "0,8,2083333", "0,9,1041666", "0,32,1041666",
        "63,32,15873015", "480,32,2083333", "960,1,1041666", "500,1,2000000"
    })
    void strictSliceIsOneOverTheFrequency(int frequency, int density, long nanos) {
        assertThat(SchedulerPolicy.strict(Kind.EQUAL_SHARE, frequency, 0).sliceNanos(density))
                .isEqualTo(nanos);
    }

    @ParameterizedTest
    @CsvSource({"0,1,2000000", "0,8,2000000", "0,9,1000000", "0,32,1000000", "1,1,1000000", "30,32,30000000"})
    void otherSlicesAreMilliseconds(int millis, int density, long nanos) {
        assertThat(SchedulerPolicy.leastTime(Kind.EQUAL_SHARE, millis).sliceNanos(density))
                .isEqualTo(nanos);
        if (millis == 0) {
            assertThat(SchedulerPolicy.bestEffort().sliceNanos(density)).isEqualTo(nanos);
        }
    }

    @ParameterizedTest
    @CsvSource({
        // key, kind, strict, frequency, slice, averaging factor, weighted
        "00000000, BEST_EFFORT, true, 0, 0, 0, true",
        "ffffff0e, BEST_EFFORT, true, 0, 0, 0, true",
        "00000001, EQUAL_SHARE, true, 0, 0, 0, true",
        "00030003, EQUAL_SHARE, false, 0, 3, 0, true",
        "003c0003, EQUAL_SHARE, false, 0, 30, 0, true",
        "ff010003, EQUAL_SHARE, false, 0, 1, 0, true",
        "3c3c0001, EQUAL_SHARE, true, 960, 0, 60, true",
        "0103f001, EQUAL_SHARE, true, 63, 0, 1, true",
        "ff001001, EQUAL_SHARE, true, 63, 0, 60, true",
        "00400001, EQUAL_SHARE, true, 960, 0, 0, true",
        "00000011, FIXED_SHARE, true, 0, 0, 0, true",
        "00180013, FIXED_SHARE, false, 0, 24, 0, true",
        "00180011, FIXED_SHARE, true, 384, 0, 0, true",
        "00000009, EQUAL_SHARE, true, 0, 0, 0, false"
    })
    void readsTheRegistryKey(
            String key, Kind kind, boolean strict, int frequency, int slice, int averaging, boolean weighted) {
        assertThat(SchedulerPolicy.fromRegistryKey(Integer.parseUnsignedInt(key, 16)))
                .isEqualTo(new SchedulerPolicy(kind, strict, frequency, slice, averaging, weighted));
    }

    @ParameterizedTest
    @CsvSource({
        "00000001",
        "00000003",
        "00050003",
        "3c3c0001",
        "21200001",
        "00000011",
        "001e0013",
        "0000001b",
        "00000000"
    })
    void writesTheKeyThatItRead(String hex) {
        int key = Integer.parseUnsignedInt(hex, 16);
        assertThat(SchedulerPolicy.fromRegistryKey(key).toRegistryKey()).isEqualTo(key);
    }

    @Test
    void readsAnyKeyToValuesInRangeAndBack() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int i = 0; i < 10_000; i++) {
            int key = random.nextInt() & ~0xe0;
            SchedulerPolicy policy = SchedulerPolicy.fromRegistryKey(key);
            assertThat(SchedulerPolicy.fromRegistryKey(policy.toRegistryKey()))
                    .as("key 0x%08x, seed %d", key, seed)
                    .isEqualTo(policy);
            assertThat(policy.sliceNanos(1 + random.nextInt(64))).isBetween(1_000_000L, 30_000_000L);
        }
    }

    @Test
    void refusesASchedulerThatDoesNotExist() {
        assertThatThrownBy(() -> SchedulerPolicy.fromRegistryKey(0x21))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("scheduler 2");
    }

    @Test
    void policiesHaveWords() {
        assertThat(SchedulerPolicy.bestEffort().describe()).isEqualTo("best-effort");
        assertThat(SchedulerPolicy.strict(Kind.EQUAL_SHARE).describe())
                .isEqualTo("equal-share, strict round robin, 480 or 960 Hz by type, averaging factor 33");
        assertThat(SchedulerPolicy.strict(Kind.EQUAL_SHARE, 100, 5).describe())
                .isEqualTo("equal-share, strict round robin, 100 Hz, averaging factor 5");
        assertThat(SchedulerPolicy.leastTime(Kind.FIXED_SHARE, 0).describe())
                .isEqualTo("fixed-share, least time first, slices of 1 or 2 ms by type");
        assertThat(new SchedulerPolicy(Kind.EQUAL_SHARE, false, 0, 3, 0, false).describe())
                .isEqualTo("equal-share, least time first, slices of 3 ms, without weights");
    }

    @Test
    void settingsKnowTheirRangesAndWhenTheyCount() {
        assertThat(Setting.FREQUENCY_HZ.range()).isEqualTo("63 to 960");
        assertThat(Setting.SLICE_MILLIS.range()).isEqualTo("1 to 30");
        assertThat(Setting.AVERAGING_FACTOR.range()).isEqualTo("1 to 60");
        for (int allowed : new int[] {0, 63, 960}) {
            assertThat(Setting.FREQUENCY_HZ.allows(allowed)).isTrue();
        }
        for (int refused : new int[] {-1, 1, 62, 961}) {
            assertThat(Setting.FREQUENCY_HZ.allows(refused)).isFalse();
        }
        assertThat(Setting.FREQUENCY_HZ.applies(Kind.EQUAL_SHARE, true)).isTrue();
        assertThat(Setting.FREQUENCY_HZ.applies(Kind.EQUAL_SHARE, false)).isFalse();
        assertThat(Setting.SLICE_MILLIS.applies(Kind.FIXED_SHARE, false)).isTrue();
        assertThat(Setting.SLICE_MILLIS.applies(Kind.BEST_EFFORT, true)).isFalse();
    }
}
