// SPDX-License-Identifier: Apache-2.0
package io.lamella.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.lamella.bench.Measure.Unit;
import io.lamella.bench.Measure.Yardstick;
import java.util.List;
import org.junit.jupiter.api.Test;

class FiguresTest {
    @Test
    void theRatioIsThatOfTheRoundsAndNotOfTheMedians() {
        Figures figures = new Figures(3);
        // A round in which the machine was slow, for both sides.
        figures.add(20, Double.NaN, 20);
        figures.add(11, Double.NaN, 10);
        figures.add(12, Double.NaN, 10);
        assertThat(figures.device()).isEqualTo(12);
        assertThat(figures.yardstick()).isEqualTo(10);
        assertThat(figures.ratio()).isEqualTo(1.1, within(1e-9));
        assertThat(figures.spread()).isNaN();
    }

    @Test
    void limitsGoTheWayOfTheirUnit() {
        Figures figures = new Figures(1);
        figures.add(120, Double.NaN, 100);
        assertThat(measure(Unit.MICROS, 1.25).isMet(figures)).isTrue();
        assertThat(measure(Unit.MICROS, 1.1).isMet(figures)).isFalse();
        assertThat(measure(Unit.GIGABYTES, 0.9).isMet(figures)).isTrue();
        assertThat(measure(Unit.GIGABYTES, 1.3).isMet(figures)).isFalse();
        assertThat(measure(Unit.BYTES, 0).isMet(figures)).isFalse();
    }

    private static Measure measure(Unit unit, double limit) {
        return new Measure("x", unit, "x 1", 0, -1, 1, new Yardstick.None(), limit);
    }

    @Test
    void readsTheKernelsListsOfCpus() {
        assertThat(Cpus.parse("0")).containsExactly(0);
        assertThat(Cpus.parse("0-3,8,10-11")).isEqualTo(List.of(0, 1, 2, 3, 8, 10, 11));
        assertThat(Cpus.allowed()).isNotEmpty();
    }

    @Test
    void reportsInBothForms() {
        Figures figures = new Figures(1);
        figures.add(12.5, 20, 10);
        WireBench.Line line = new WireBench.Line(Measure.all().getFirst(), figures);
        List<WireBench.Layout> layouts = List.of(new WireBench.Layout("one CPU", 0, 0, List.of(line)));
        assertThat(WireReport.table(layouts.getFirst())).contains("read 4 B", "12.50", "floor 10.00", "≤ 1.25 met");
        assertThat(WireReport.json(layouts, 1)).contains("\"median\":12.500", "\"ratio\":1.250", "\"met\":true");
    }
}
