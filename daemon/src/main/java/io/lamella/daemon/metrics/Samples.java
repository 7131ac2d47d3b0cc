// SPDX-License-Identifier: Apache-2.0
package io.lamella.daemon.metrics;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** What was measured at one moment. */
final class Samples {
    /** One value with the values of its metric's labels, in their order. */
    record Sample(List<String> labels, double value) {}

    private final Map<Metric, List<Sample>> all = new EnumMap<>(Metric.class);

    void add(Metric metric, Number value, String... labels) {
        if (labels.length != metric.labels().size()) {
            throw new IllegalArgumentException(metric + " has the labels " + metric.labels() + ".");
        }
        all.computeIfAbsent(metric, key -> new ArrayList<>()).add(new Sample(List.of(labels), value.doubleValue()));
    }

    void addSeconds(Metric metric, long nanos, String... labels) {
        add(metric, nanos / 1e9, labels);
    }

    /** By metric, in the order of the table. */
    Map<Metric, List<Sample>> byMetric() {
        return all;
    }
}
