// SPDX-License-Identifier: Apache-2.0
package io.lamella.cli.smi;

import io.lamella.host.GpuUse;
import io.lamella.host.node.FrameBufferView;
import io.lamella.host.node.VgpuView;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The two summaries: boxes of 79 columns. */
final class Summary {
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("EEE MMM d HH:mm:ss yyyy", Locale.ROOT);
    private static final String WIDE =
            "+-----------------------------------------------------------------------------+";

    private Summary() {}

    private static String line(Reading reading) {
        return "| %-75s |"
                .formatted("LAMELLA-SMI %-10s not NVIDIA's tool          Lamella daemon: %s"
                        .formatted(Reading.fit(reading.release(), 10), Reading.fit(reading.release(), 10)));
    }

    /** {@code lamella smi}. */
    static List<String> ofGpus(Reading reading) {
        List<String> lines = new ArrayList<>();
        lines.add(TIME.format(reading.time()));
        lines.add(WIDE);
        lines.add(line(reading));
        String border = "|-------------------------------+----------------------+----------------------+";
        lines.add(border);
        lines.add("| GPU  Name        Persistence-M| Bus-Id        Disp.A | Volatile Uncorr. ECC |");
        lines.add("| Fan  Temp  Perf  Pwr:Usage/Cap|         Memory-Usage | GPU-Util  Compute M. |");
        lines.add("|                               |                      |               MIG M. |");
        lines.add(end(border.replace('-', '=')));
        for (Reading.Gpu gpu : reading.gpus()) {
            FrameBufferView fb = gpu.view().fb();
            String memory =
                    fb == null ? Reading.NOT_AVAILABLE : (used(fb) >> 20) + "MiB / " + (fb.totalBytes() >> 20) + "MiB";
            lines.add("| %3d  %-19s N/A  | %-16s N/A |                  N/A |"
                    .formatted(
                            gpu.index(),
                            Reading.fit(product(gpu), 19),
                            Reading.busId(gpu.view().pciAddress())));
            lines.add("| N/A   N/A  N/A      N/A / N/A | %20s | %7s          N/A |"
                    .formatted(
                            memory,
                            fb == null
                                    ? Reading.NOT_AVAILABLE
                                    : reading.load(gpu).percent() + "%"));
            lines.add("| %-29s | %20s | %20s |"
                    .formatted(
                            Reading.fit(
                                    gpu.view().name() + " " + gpu.view().phase().text()
                                            + (gpu.view().use() == GpuUse.VGPU
                                                    ? ""
                                                    : " " + gpu.view().use().text()),
                                    29),
                            "",
                            Reading.NOT_AVAILABLE));
            lines.add(border.replace('|', '+'));
        }
        lines.add("");
        lines.add(WIDE);
        lines.add("| %-75s |".formatted("vGPUs:"));
        lines.add("| %-75s |".formatted(" GPU     vGPU ID  Type            vGPU Name         State        GPU Memory"));
        lines.add(WIDE.replace('-', '=').replace('+', '|'));
        int before = lines.size();
        for (Reading.Gpu gpu : reading.gpus()) {
            reading.on(gpu).forEach(vgpu -> lines.add(vgpuLine(Integer.toString(gpu.index()), vgpu)));
        }
        reading.shown().stream()
                .filter(vgpu -> vgpu.status().gpu() == null)
                .forEach(vgpu -> lines.add(vgpuLine(Reading.NOT_AVAILABLE, vgpu)));
        if (lines.size() == before) {
            lines.add("| %-75s |".formatted(" No vGPUs found"));
        }
        lines.add(WIDE);
        return lines;
    }

    /** The double line of a box ends with its side. */
    private static String end(String border) {
        return border.substring(0, border.length() - 1) + "|";
    }

    private static String vgpuLine(String gpu, VgpuView vgpu) {
        long bytes = vgpu.status().fbSizeBytes();
        return "| %4s  %10s  %-14s  %-16s  %-11s  %10s |"
                .formatted(
                        gpu,
                        Reading.id(vgpu),
                        Reading.fit(vgpu.definition().type(), 14),
                        Reading.fit(vgpu.name(), 16),
                        state(vgpu),
                        bytes == 0 ? Reading.NOT_AVAILABLE : (bytes >> 20) + "MiB");
    }

    /** {@code lamella smi vgpu}. */
    static List<String> ofVgpus(Reading reading) {
        List<String> lines = new ArrayList<>();
        lines.add(TIME.format(reading.time()));
        lines.add(WIDE);
        lines.add(line(reading));
        String border = "|-------------------------------+--------------------------------+------------+";
        lines.add(border);
        lines.add("| GPU  Name                     | Bus-Id                         | GPU-Util   |");
        lines.add("|     vGPU ID    Type           | VM           vGPU Name         | vGPU-Util  |");
        lines.add(end(border.replace('-', '=')));
        for (Reading.Gpu gpu : reading.gpus()) {
            String util = gpu.view().fb() == null
                    ? Reading.NOT_AVAILABLE
                    : reading.load(gpu).percent() + "%";
            lines.add("| %3d  %-24s | %-30s | %4s       |"
                    .formatted(
                            gpu.index(),
                            Reading.fit(product(gpu), 24),
                            Reading.busId(gpu.view().pciAddress()),
                            util));
            for (VgpuView vgpu : reading.on(gpu)) {
                lines.add("|     %-10s %-14s | %-12s %-17s | %7s    |"
                        .formatted(
                                Reading.id(vgpu),
                                Reading.fit(vgpu.definition().type(), 14),
                                state(vgpu),
                                Reading.fit(vgpu.name(), 17),
                                reading.isMeasured(vgpu) ? reading.load(vgpu).percent() + "%" : Reading.NOT_AVAILABLE));
            }
            lines.add(border.replace('|', '+'));
        }
        return lines;
    }

    /** A VM, or why there is none. */
    static String state(VgpuView vgpu) {
        return switch (vgpu.status().phase()) {
            case RUNNING -> vgpu.status().attached() ? "attached" : "no VM";
            case STOPPED, STARTING, RESETTING, FAILED, STOPPING, QUARANTINED, LOST ->
                vgpu.status().phase().text();
        };
    }

    static String product(Reading.Gpu gpu) {
        String product = gpu.view().product();
        return product == null ? gpu.view().board() : product;
    }

    /** What is not free, that of firmware and quarantine too. */
    static long used(FrameBufferView fb) {
        return fb.totalBytes() - fb.freeBytes();
    }
}
