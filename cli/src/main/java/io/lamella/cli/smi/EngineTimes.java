// SPDX-License-Identifier: Apache-2.0
package io.lamella.cli.smi;

import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How long engines have worked, and how often they stopped for an error, by vGPU, as the daemon's metrics tell.
 *
 * @param nanos when it was read, on the clock of {@link System#nanoTime}
 * @param busySeconds since the GPU was opened, by the vGPU's UUID and the engine's name
 * @param faults channels that were stopped, by the vGPU's UUID
 */
record EngineTimes(long nanos, Map<String, Map<String, Double>> busySeconds, Map<String, Long> faults) {
    /** One of the older text format's lines; the daemon's label values have no quotes in them. */
    private static final Pattern SAMPLE =
            Pattern.compile("(?<metric>[a-z_]+)\\{(?<labels>[^}]*)} (?<value>[0-9.eE+-]+)");

    private static final Pattern LABEL = Pattern.compile("([a-z]+)=\"([^\"]*)\"");

    /** From the text that the daemon answers at {@code /metrics}. */
    static EngineTimes parse(String text, long nanos) {
        Map<String, Map<String, Double>> busy = new HashMap<>();
        Map<String, Long> faults = new HashMap<>();
        text.lines().forEach(line -> {
            Matcher sample = SAMPLE.matcher(line);
            if (!sample.matches()) {
                return;
            }
            Map<String, String> labels = new HashMap<>();
            Matcher label = LABEL.matcher(sample.group("labels"));
            while (label.find()) {
                labels.put(label.group(1), label.group(2));
            }
            double value = Double.parseDouble(sample.group("value"));
            String vgpu = labels.getOrDefault("vgpu", "");
            switch (sample.group("metric")) {
                case "lamella_vgpu_engine_busy_seconds_total" ->
                    busy.computeIfAbsent(vgpu, key -> new HashMap<>()).put(labels.getOrDefault("engine", ""), value);
                case "lamella_vgpu_faults_total" -> faults.merge(vgpu, (long) value, Long::sum);
                default -> {}
            }
        });
        return new EngineTimes(nanos, busy, faults);
    }

    /** How busy engines were since an earlier reading. */
    Map<String, Load> since(EngineTimes earlier) {
        double seconds = (nanos - earlier.nanos) / 1e9;
        Map<String, Load> loads = new HashMap<>();
        busySeconds.forEach((vgpu, engines) -> {
            Map<String, Double> before = earlier.busySeconds.getOrDefault(vgpu, Map.of());
            Map<String, Double> shares = new HashMap<>();
            // A vGPU that was not there before, or was stopped in between, counts from zero.
            engines.forEach((engine, busy) -> {
                double worked = busy - before.getOrDefault(engine, 0.0);
                shares.put(engine, seconds <= 0 ? 0 : Math.max(0, worked < 0 ? busy : worked) / seconds);
            });
            loads.put(vgpu, new Load(shares));
        });
        return loads;
    }

    /**
     * How busy engines were.
     *
     * @param shares of the time, by the engine's name, such as GR0 or CE2
     */
    record Load(Map<String, Double> shares) {
        static final Load NONE = new Load(Map.of());

        /** The busiest of the engines whose name begins so, in whole percent, 0 to 100. */
        int percent(String kind) {
            return (int) Math.round(Math.min(
                    100,
                    100
                            * shares.entrySet().stream()
                                    .filter(entry -> entry.getKey().startsWith(kind))
                                    .map(Map.Entry::getValue)
                                    .max(Comparator.naturalOrder())
                                    .orElse(0.0)));
        }

        /** Of the engines of all kinds. */
        int percent() {
            return percent("");
        }

        /** Both together: engines of the same name are one engine that two share. */
        Load plus(Load other) {
            Map<String, Double> sum = new HashMap<>(shares);
            other.shares.forEach((engine, share) -> sum.merge(engine, share, Double::sum));
            return new Load(sum);
        }
    }
}
