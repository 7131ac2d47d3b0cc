// SPDX-License-Identifier: Apache-2.0
package io.lamella.vgpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.lamella.vgpu.VgpuException.Reason;
import io.lamella.vgpu.type.TypeCatalogue;
import io.lamella.vgpu.type.VgpuType;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ParameterCatalogueTest {
    private static final VgpuType Q = TypeCatalogue.shipped().find("L40-8Q").orElseThrow();
    private static final VgpuType A = TypeCatalogue.shipped().find("L40-8A").orElseThrow();

    @Test
    void theDataKnowsEverySettingAndItsInitialValue() {
        Map<String, String> initial = new LinkedHashMap<>();
        ParameterCatalogue.all().forEach(parameter -> initial.put(parameter.name(), parameter.initial()));
        assertThat(initial).isEqualTo(ParameterCatalogue.values(VgpuParameters.DEFAULT));
        assertThat(ParameterCatalogue.all()).allSatisfy(parameter -> {
            assertThat(parameter.meaning()).endsWith(".");
            assertThat(parameter.effect()).endsWith(".");
            assertThat(parameter.problem(parameter.initial())).isEmpty();
        });
        ParameterCatalogue.check(VgpuParameters.DEFAULT, A);
    }

    @Test
    void whatIsWrittenIsReadBack() {
        VgpuParameters mine = new VgpuParameters(false, false, true, true, true, 1024, VgpuPriority.HIGH, 60_000);
        assertThat(ParameterCatalogue.parse(ParameterCatalogue.values(mine), VgpuParameters.DEFAULT))
                .isEqualTo(mine);
        assertThat(ParameterCatalogue.parse(Map.of("weight", "7"), mine).priority())
                .isEqualTo(VgpuPriority.HIGH);
    }

    @Test
    void everythingThatIsWrongIsSaidAtOnce() {
        Map<String, String> wrong = new LinkedHashMap<>();
        wrong.put("wieght", "1");
        wrong.put("weight", "0");
        wrong.put("priority", "urgent");
        wrong.put("console", "maybe");
        wrong.put("preemption-timeout-ms", "99999999999999999999");
        VgpuException refused = catchThrowableOfType(
                VgpuException.class, () -> ParameterCatalogue.parse(wrong, VgpuParameters.DEFAULT));
        assertThat(refused.reason()).isEqualTo(Reason.PARAMETERS);
        assertThat(refused.problems())
                .hasSize(5)
                .anyMatch(text -> text.startsWith("\"wieght\" is no setting; there are frame-rate-limiter"))
                .anyMatch(text -> text.equals("weight: a number from 1 to 1024 is needed, not \"0\"."))
                .anyMatch(text -> text.equals("priority: one of low, normal, high is needed, not \"urgent\"."))
                .anyMatch(text -> text.equals("console: on or off is needed, not \"maybe\"."))
                .anyMatch(text -> text.startsWith("preemption-timeout-ms: a number from 0 to 60000"));
        refused.problems().forEach(problem -> assertThat(refused).hasMessageContaining(problem));
    }

    @Test
    void nothingHugeIsRepeated() {
        VgpuException refused = catchThrowableOfType(
                VgpuException.class,
                () -> ParameterCatalogue.parse(
                        Map.of("x".repeat(10_000), "1", "weight", "9".repeat(10_000)), VgpuParameters.DEFAULT));
        assertThat(refused.getMessage()).hasSizeLessThan(600);
    }

    @Test
    void settingsForComputeNeedAType() {
        VgpuParameters compute = new VgpuParameters(true, true, true, true, false, 1, VgpuPriority.NORMAL, 0);
        ParameterCatalogue.check(compute, Q);
        VgpuException refused = catchThrowableOfType(VgpuException.class, () -> ParameterCatalogue.check(compute, A));
        assertThat(refused.problems()).hasSize(2).allMatch(text -> text.contains("L40-8A has no compute"));
    }

    @Test
    void onlySchedulingChangesWhileItRuns() {
        VgpuParameters now = VgpuParameters.DEFAULT;
        ParameterCatalogue.checkRunning(
                now, new VgpuParameters(true, true, false, false, false, 9, VgpuPriority.LOW, 5));
        VgpuException refused = catchThrowableOfType(
                VgpuException.class,
                () -> ParameterCatalogue.checkRunning(
                        now, new VgpuParameters(false, false, false, false, false, 9, VgpuPriority.LOW, 5)));
        assertThat(refused.problems())
                .isEqualTo(List.of(
                        "frame-rate-limiter: this cannot change while the vGPU runs; it is on. Stop it first.",
                        "console: this cannot change while the vGPU runs; it is on. Stop it first."));
    }
}
