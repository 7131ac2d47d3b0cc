// SPDX-License-Identifier: Apache-2.0
package io.lamella.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lamella.gpu.host.EngineUsage;
import io.lamella.host.SchedulerSettings.Policy;
import io.lamella.vfio.VfioVgpu;
import io.lamella.vgpu.VgpuException;
import io.lamella.vgpu.VgpuSpec;
import java.util.List;
import java.util.UUID;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class SchedulerSettingsTest {
    @Test
    void whatIsNotSaidIsNvidiasDefault() {
        assertThat(SchedulerSettings.DEFAULT.describe()).isEqualTo("best-effort");
        assertThat(SchedulerSettings.of(Policy.FIXED_SHARE).describe())
                .isEqualTo("fixed-share, strict round robin, 480 or 960 Hz by type, averaging factor 33");
        assertThat(SchedulerSettings.of(Policy.FIXED_SHARE).toPolicy().sliceNanos(4))
                .isEqualTo(1_000_000_000 / 480);
        assertThat(SchedulerSettings.of(Policy.EQUAL_SHARE).toPolicy().sliceNanos(16))
                .isEqualTo(1_000_000_000 / 960);
        assertThat(SchedulerSettings.of(Policy.EQUAL_SHARE).withTimeSlice(7).describe())
                .isEqualTo("equal-share, least time first, slices of 7 ms");
    }

    @Test
    void settingsSurviveTheScheduler() {
        for (SchedulerSettings settings : List.of(
                SchedulerSettings.DEFAULT,
                SchedulerSettings.of(Policy.EQUAL_SHARE),
                SchedulerSettings.of(Policy.EQUAL_SHARE).withFrequency(63).withAveragingFactor(60),
                SchedulerSettings.of(Policy.FIXED_SHARE).withTimeSlice(30))) {
            assertThat(SchedulerSettings.of(settings.toPolicy())).isEqualTo(settings);
        }
    }

    @Test
    void refusalsNameTheRange() {
        SchedulerSettings equal = SchedulerSettings.of(Policy.EQUAL_SHARE);
        refuses(() -> equal.withTimeSlice(31), "A time slice is from 1 to 30 ms, or 0 for the default, not 31 ms.");
        refuses(() -> equal.withTimeSlice(-1), "from 1 to 30 ms");
        refuses(() -> equal.withFrequency(62), "from 63 to 960 Hz");
        refuses(() -> equal.withFrequency(961), "from 63 to 960 Hz");
        refuses(() -> equal.withAveragingFactor(61), "from 1 to 60");
        refuses(() -> SchedulerSettings.DEFAULT.withFrequency(480), "take equal-share or fixed-share");
        refuses(() -> SchedulerSettings.DEFAULT.withTimeSlice(2), "Best effort");
        refuses(() -> new SchedulerSettings(Policy.FIXED_SHARE, false, 0, 480, 0), "strict round robin");
        refuses(() -> new SchedulerSettings(Policy.FIXED_SHARE, true, 2, 0, 0), "takes a frequency (63 to 960 Hz)");
        refuses(() -> Policy.ofLabel("fair"), "best-effort, equal-share and fixed-share");
    }

    @Test
    void aGpuTakesSettingsAtStartAndWhileItRuns() throws Exception {
        SchedulerSettings first = SchedulerSettings.of(Policy.FIXED_SHARE);
        try (LamellaHost host = LamellaHost.builder().scheduler(first).start()) {
            HostGpu gpu = host.gpus().getFirst();
            assertThat(gpu.scheduler()).isEqualTo(first);
            SchedulerSettings second =
                    SchedulerSettings.of(Policy.EQUAL_SHARE).withFrequency(100).withAveragingFactor(5);
            gpu.setScheduler(second);
            assertThat(gpu.scheduler()).isEqualTo(second);
            VfioVgpu vgpu = host.create(VgpuSpec.of("L40-8Q"));
            EngineUsage usage = gpu.engineUsage(vgpu.vgpu().uuid());
            assertThat(usage.busyNanos()).isZero();
            assertThat(usage.engines()).extracting(EngineUsage.Engine::name).contains("CE0");
            assertThat(gpu.schedulerLog()).isEmpty();
            assertThatThrownBy(() -> gpu.engineUsage(UUID.randomUUID())).isInstanceOf(VgpuException.class);
        }
    }

    private static void refuses(ThrowingCallable what, String sentence) {
        assertThatThrownBy(what).isInstanceOf(IllegalArgumentException.class).hasMessageContaining(sentence);
    }
}
