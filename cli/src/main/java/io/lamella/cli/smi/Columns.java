// SPDX-License-Identifier: Apache-2.0
package io.lamella.cli.smi;

import io.lamella.host.node.VgpuView;
import java.util.ArrayList;
import java.util.List;

/** The rolling columns of {@code vgpu -u}: whole percent; a dash where nothing is measured. */
final class Columns {
    static final List<String> HEAD = List.of(
            "# gpu        vgpu     sm    mem    enc    dec    jpg    ofa     ce",
            "# Idx          Id      %      %      %      %      %      %      %");

    private Columns() {}

    /** A line for each vGPU that has a part of a GPU, and one for a GPU that has none. */
    static List<String> of(Reading reading) {
        List<String> lines = new ArrayList<>();
        for (Reading.Gpu gpu : reading.gpus()) {
            List<VgpuView> vgpus = reading.on(gpu);
            for (VgpuView vgpu : vgpus) {
                EngineTimes.Load load = reading.load(vgpu);
                boolean known = reading.isMeasured(vgpu);
                lines.add(line(
                        gpu.index(),
                        Reading.id(vgpu),
                        known ? Integer.toString(load.percent("GR")) : "-",
                        known ? Integer.toString(load.percent("CE")) : "-"));
            }
            if (vgpus.isEmpty()) {
                lines.add(line(gpu.index(), "-", "-", "-"));
            }
        }
        return lines;
    }

    private static String line(int gpu, String vgpu, String sm, String ce) {
        return "%5d  %10s %6s %6s %6s %6s %6s %6s %6s".formatted(gpu, vgpu, sm, "-", "-", "-", "-", "-", ce);
    }
}
