// SPDX-License-Identifier: Apache-2.0
package io.lamella.daemon.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.lamella.daemon.api.NodeRefusals;
import io.lamella.daemon.http.Json;
import io.lamella.daemon.operation.Operations;
import io.lamella.host.node.GpuConfiguration;
import io.lamella.host.node.Node;
import io.lamella.host.node.NodeConfiguration;
import io.lamella.host.node.NodeEvent;
import io.lamella.host.node.VgpuDefinition;
import io.lamella.host.node.VgpuView;
import io.lamella.vfiouser.client.VfioUserSlot;
import io.prometheus.metrics.expositionformats.OpenMetricsTextFormatWriter;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class MetricsTest {
    private static final Pattern NAME = Pattern.compile("\\b(lamella|process)_[a-z_]+\\b");

    @Test
    void namesAreAsPrometheusWantsThem() {
        assertThat(Arrays.stream(Metric.values()).map(Metric::metricName)).doesNotHaveDuplicates();
        for (Metric metric : Metric.values()) {
            assertThat(metric.metricName()).matches("(lamella|process)_[a-z_]*[a-z]");
            assertThat(metric.metricName().endsWith("_total")).isEqualTo(metric.type() == Metric.Type.COUNTER);
            assertThat(metric.help()).endsWith(".");
            assertThat(metric.labels()).allMatch(label -> label.matches("[a-z]+"));
        }
    }

    /** The published library writes the same, byte by byte. */
    @Test
    void textIsWhatTheReferenceWrites() throws IOException {
        Samples samples = new Samples();
        samples.add(Metric.GPU_UP, 1, "gpu \"0\"\\\n");
        samples.add(Metric.GPU_UP, 0, "gpu1");
        samples.add(Metric.VGPU_FAULTS, 12, "a", "31");
        samples.addSeconds(Metric.CPU, 1_234_567_891L);
        samples.add(Metric.RESIDENT, 123_456_789_012L);
        var gauge = GaugeSnapshot.builder().name(Metric.GPU_UP.metricName()).help(Metric.GPU_UP.help());
        gauge.dataPoint(GaugeSnapshot.GaugeDataPointSnapshot.builder()
                .value(1)
                .labels(Labels.of("gpu", "gpu \"0\"\\\n"))
                .build());
        gauge.dataPoint(GaugeSnapshot.GaugeDataPointSnapshot.builder()
                .value(0)
                .labels(Labels.of("gpu", "gpu1"))
                .build());
        var faults = CounterSnapshot.builder().name("lamella_vgpu_faults").help(Metric.VGPU_FAULTS.help());
        faults.dataPoint(CounterSnapshot.CounterDataPointSnapshot.builder()
                .value(12)
                .labels(Labels.of("vgpu", "a", "xid", "31"))
                .build());
        var cpu = CounterSnapshot.builder().name("process_cpu_seconds").help(Metric.CPU.help());
        cpu.dataPoint(CounterSnapshot.CounterDataPointSnapshot.builder()
                .value(1.234567891)
                .build());
        var resident =
                GaugeSnapshot.builder().name(Metric.RESIDENT.metricName()).help(Metric.RESIDENT.help());
        resident.dataPoint(GaugeSnapshot.GaugeDataPointSnapshot.builder()
                .value(123_456_789_012.0)
                .build());
        MetricSnapshots reference = new MetricSnapshots(gauge.build(), faults.build(), cpu.build(), resident.build());
        ByteArrayOutputStream plain = new ByteArrayOutputStream();
        PrometheusTextFormatWriter.create().write(plain, reference);
        assertThat(families(TextFormat.write(samples, false)))
                .isEqualTo(families(plain.toString(StandardCharsets.UTF_8)));
        ByteArrayOutputStream open = new ByteArrayOutputStream();
        OpenMetricsTextFormatWriter.create().write(open, reference);
        assertThat(families(TextFormat.write(samples, true)))
                .isEqualTo(families(open.toString(StandardCharsets.UTF_8)));
        assertThat(TextFormat.write(samples, true)).endsWith("# EOF\n");
    }

    /** Lines in an order that does not depend on that of families, nor on how a number is written. */
    private static Set<String> families(String text) {
        Set<String> lines = new TreeSet<>();
        for (String line : text.split("\n", -1)) {
            int blank = line.lastIndexOf(' ');
            lines.add(
                    line.startsWith("#") || blank < 0
                            ? line
                            : line.substring(0, blank + 1) + Double.parseDouble(line.substring(blank + 1)));
        }
        return lines;
    }

    @Test
    void dashboardAsksForNothingThatIsNotThere() throws IOException {
        JsonNode dashboard;
        try (InputStream in = Objects.requireNonNull(Metric.class.getResourceAsStream("grafana-dashboard.json"))) {
            dashboard = Json.read(in.readAllBytes());
        }
        Map<String, Metric> known =
                Arrays.stream(Metric.values()).collect(Collectors.toMap(Metric::metricName, metric -> metric));
        int expressions = 0;
        for (JsonNode panel : dashboard.path("panels")) {
            for (JsonNode target : panel.path("targets")) {
                String expression = target.path("expr").asString();
                expressions++;
                Set<String> labels = new TreeSet<>(Set.of("instance", "job"));
                Matcher names = NAME.matcher(expression);
                boolean rate = expression.contains("rate(") || expression.contains("increase(");
                boolean first = true;
                while (names.find()) {
                    Metric metric =
                            Objects.requireNonNull(known.get(names.group()), names.group() + " in " + expression);
                    if (first) {
                        assertThat(metric.type() == Metric.Type.COUNTER)
                                .as(expression)
                                .isEqualTo(rate);
                        first = false;
                    }
                    labels.addAll(metric.labels());
                }
                Matcher used = Pattern.compile("\\{\\{([a-z]+)}}")
                        .matcher(target.path("legendFormat").asString());
                while (used.find()) {
                    assertThat(labels).as(expression).contains(used.group(1));
                }
            }
        }
        assertThat(expressions).isGreaterThan(15);
    }

    @Test
    void aNodeIsMeasured() {
        try (Node node = Node.open(NodeConfiguration.of(GpuConfiguration.of("gpu0")));
                Operations operations =
                        new Operations(Operations.Limits.DEFAULT, InstantSource.system(), NodeRefusals::always)) {
            NodeMetrics metrics = new NodeMetrics(node, operations, "1", Map::of);
            VgpuView stopped = node.define(VgpuDefinition.of("L40-8Q"));
            VgpuView running = node.create(VgpuDefinition.of("L40-8Q"));
            node.events(0, 1000).events().forEach(metrics::happened);
            metrics.happened(fault(running.uuid(), "31", "0"));
            metrics.happened(fault(running.uuid(), "31", "4"));
            metrics.happened(fault(running.uuid(), "13", "0"));
            String text = metrics.text(false);
            assertThat(text)
                    .contains("lamella_gpu_up{gpu=\"gpu0\"} 1.0")
                    .contains("lamella_gpu_virtual_functions{gpu=\"gpu0\",state=\"used\"} 1.0")
                    .contains("lamella_vgpu_phase{vgpu=\"" + running.uuid() + "\",phase=\"running\"} 1.0")
                    .contains("lamella_vgpu_phase{vgpu=\"" + stopped.uuid() + "\",phase=\"stopped\"} 1.0")
                    .contains("lamella_vgpu_starts_total{vgpu=\"" + running.uuid() + "\"} 1.0")
                    .contains("lamella_vgpu_faults_total{vgpu=\"" + running.uuid() + "\",xid=\"31\"} 6.0")
                    .contains("lamella_vgpu_faults_total{vgpu=\"" + running.uuid() + "\",xid=\"13\"} 1.0")
                    .contains("lamella_vgpu_rpc_commands_total{vgpu=\"" + running.uuid() + "\"}")
                    .contains("lamella_vgpu_region_accesses_total{vgpu=\"" + running.uuid() + "\",op=\"read\"} 0.0")
                    .contains("lamella_vgpu_engine_busy_seconds_total{vgpu=\"" + running.uuid() + "\",engine=\"");
            double used = value(text, "lamella_gpu_framebuffer_bytes{gpu=\"gpu0\",state=\"used\"}");
            assertThat(used).isGreaterThanOrEqualTo(6.0 * (1L << 30)).isLessThan(12.0 * (1L << 30));
            double sum = 0;
            for (String state : List.of("used", "free", "quarantined", "reserved")) {
                sum += value(text, "lamella_gpu_framebuffer_bytes{gpu=\"gpu0\",state=\"" + state + "\"}");
            }
            assertThat(sum).isEqualTo(48.0 * (1L << 30));
            // A VM comes, looks, and goes; what it asked for stays counted.
            Path socket = Path.of(
                    Objects.requireNonNull(node.vgpu(running.uuid()).status().socket()));
            String reads = "lamella_vgpu_region_accesses_total{vgpu=\"" + running.uuid() + "\",op=\"read\"}";
            double attached;
            try (VfioUserSlot slot = VfioUserSlot.open(socket, 5_000, true)) {
                assertThat(slot.function().readConfig(0, 2)).isEqualTo(0x10de);
                String during = metrics.text(false);
                attached = value(during, reads);
                assertThat(attached).isPositive();
                assertThat(value(during, "lamella_vgpu_client_attached{vgpu=\"" + running.uuid() + "\"}"))
                        .isEqualTo(1.0);
            }
            await().atMost(30, TimeUnit.SECONDS)
                    .until(() ->
                            value(metrics.text(false), "lamella_vgpu_client_attached{vgpu=\"" + running.uuid() + "\"}")
                                    == 0.0);
            assertThat(value(metrics.text(false), reads)).isGreaterThanOrEqualTo(attached);
            // Every metric that a stopped and a running vGPU have is there.
            Set<Metric> found = metrics.samples().byMetric().keySet();
            Set<Metric> missing = new TreeSet<>(Set.of(Metric.values()));
            missing.removeAll(found);
            missing.remove(Metric.API_REQUESTS);
            assertThat(missing).isEmpty();
            String dcgm = metrics.dcgmText(false);
            assertThat(value(dcgm, "DCGM_FI_DEV_FB_TOTAL")).isEqualTo(49152.0);
            assertThat(value(dcgm, "DCGM_FI_DEV_XID_ERRORS")).isEqualTo(13.0);
            assertThat(dcgm)
                    .contains("DCGM_FI_DEV_GPU_UTIL{gpu=\"0\",UUID=\"GPU-")
                    .contains("modelName=\"NVIDIA L40\"")
                    .doesNotContain("TEMP", "POWER");
        }
    }

    private static NodeEvent fault(String vgpu, String xid, String untold) {
        return new NodeEvent(
                1,
                "2026-01-01T00:00:00Z",
                "channel-fault",
                "gpu0",
                vgpu,
                "x",
                false,
                "It was stopped.",
                Map.of("xid", xid, "untold", untold));
    }

    private static double value(String text, String begin) {
        for (String line : text.split("\n", -1)) {
            if (line.startsWith(begin)) {
                return Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1));
            }
        }
        throw new AssertionError("There is no " + begin + " in\n" + text);
    }
}
