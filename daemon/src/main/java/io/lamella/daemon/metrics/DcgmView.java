// SPDX-License-Identifier: Apache-2.0
package io.lamella.daemon.metrics;

import io.lamella.gpu.SoftwareGpu;
import io.lamella.gpu.host.EngineUsage;
import io.lamella.host.node.FrameBufferView;
import io.lamella.host.node.GpuView;
import io.lamella.host.node.Node;
import io.lamella.host.node.VgpuView;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What is measured, under the names, units and labels of NVIDIA's DCGM exporter, for dashboards that are made for those. Only what is measured:
 * no clocks, power, temperature, PCIe or NVLink, and no encoders, because the software GPU has none of them.
 */
final class DcgmView {
    private static final List<String> LABELS = List.of("gpu", "UUID", "pci_bus_id", "device", "modelName", "Hostname");
    private static final long SHORTEST_NANOS = 500_000_000;
    private static final double MIB = 1 << 20;

    /** What was seen last of a GPU, for the utilisation since. */
    private record Seen(long atNanos, long busyNanos, double percent) {}

    private final Map<String, Seen> seen = new HashMap<>();

    private record Family(String name, String help, List<Samples.Sample> samples) {}

    synchronized String text(
            Node node, Function<String, @Nullable SoftwareGpu> boards, Tallies tallies, boolean openMetrics) {
        Family utilisation =
                family("DCGM_FI_DEV_GPU_UTIL", "Part of the time since the last look that engines worked (in %).");
        Family total = family("DCGM_FI_DEV_FB_TOTAL", "Frame buffer (in MiB).");
        Family used = family("DCGM_FI_DEV_FB_USED", "Frame buffer that vGPUs have (in MiB).");
        Family free = family("DCGM_FI_DEV_FB_FREE", "Frame buffer that is free (in MiB).");
        Family reserved = family(
                "DCGM_FI_DEV_FB_RESERVED", "Frame buffer that the firmware keeps or that is in quarantine (in MiB).");
        Family xid = family("DCGM_FI_DEV_XID_ERRORS", "Value of the last XID error encountered.");
        List<VgpuView> vgpus = node.vgpus();
        String host = node.view().name();
        List<GpuView> gpus = node.gpus();
        for (int i = 0; i < gpus.size(); i++) {
            GpuView gpu = gpus.get(i);
            FrameBufferView fb = gpu.fb();
            SoftwareGpu board = boards.apply(gpu.name());
            if (fb == null || board == null) {
                continue;
            }
            List<String> labels = List.of(
                    Integer.toString(i),
                    "GPU-" + NodeMetrics.text(gpu.uuid()),
                    NodeMetrics.text(gpu.pciAddress()),
                    gpu.name(),
                    NodeMetrics.text(gpu.product()),
                    host);
            utilisation.samples.add(new Samples.Sample(labels, percent(gpu.name(), board, vgpus)));
            total.samples.add(new Samples.Sample(labels, fb.totalBytes() / MIB));
            free.samples.add(new Samples.Sample(labels, fb.freeBytes() / MIB));
            double rest = (fb.totalBytes() - fb.usableBytes() + fb.quarantinedBytes()) / MIB;
            reserved.samples.add(new Samples.Sample(labels, rest));
            used.samples.add(new Samples.Sample(labels, (fb.totalBytes() - fb.freeBytes()) / MIB - rest));
            xid.samples.add(new Samples.Sample(labels, tallies.lastXid(gpu.name())));
        }
        TextFormat text = new TextFormat(openMetrics);
        for (Family family : List.of(utilisation, total, used, free, reserved, xid)) {
            if (!family.samples.isEmpty()) {
                text.family(family.name, false, family.help);
                family.samples.forEach(sample -> text.sample(family.name, LABELS, sample.labels(), sample.value()));
            }
        }
        return text.end();
    }

    private static Family family(String name, String help) {
        return new Family(name, help, new ArrayList<>());
    }

    private double percent(String gpu, SoftwareGpu board, List<VgpuView> vgpus) {
        long busy = busy(board.engineUsage(0));
        for (VgpuView vgpu : vgpus) {
            Integer gfid = vgpu.status().gfid();
            if (gfid != null && gpu.equals(vgpu.status().gpu())) {
                busy += busy(board.engineUsage(gfid));
            }
        }
        long now = System.nanoTime();
        Seen last = seen.get(gpu);
        if (last == null) {
            seen.put(gpu, new Seen(now, busy, 0));
            return 0;
        }
        if (now - last.atNanos < SHORTEST_NANOS) {
            return last.percent;
        }
        // A vGPU that was stopped takes its time with it.
        double percent = Math.clamp(100.0 * (busy - last.busyNanos) / (now - last.atNanos), 0, 100);
        seen.put(gpu, new Seen(now, busy, percent));
        return percent;
    }

    private static long busy(@Nullable EngineUsage usage) {
        return usage == null ? 0 : usage.busyNanos();
    }
}
