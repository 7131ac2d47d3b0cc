// SPDX-License-Identifier: Apache-2.0
package io.lamella.cli.smi;

import io.lamella.daemon.client.DaemonClient;
import io.lamella.host.node.GpuView;
import io.lamella.host.node.TypeView;
import io.lamella.host.node.VgpuView;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * All that a command shows, as it was at one moment.
 *
 * @param time when it was read, in the user's time zone
 * @param release of the daemon
 * @param all whether all GPUs were chosen
 * @param gpus those that were chosen, with their place in the daemon's list
 * @param vgpus all of them
 * @param loads how busy each vGPU's engines were, by its UUID; no entry where nothing is measured
 * @param faults channels that were stopped for an error, by the vGPU's UUID
 */
record Reading(
        LocalDateTime time,
        String release,
        boolean all,
        List<Gpu> gpus,
        List<VgpuView> vgpus,
        Map<String, EngineTimes.Load> loads,
        Map<String, Long> faults) {
    static final String NOT_AVAILABLE = "N/A";

    /**
     * A GPU.
     *
     * @param index its place in the daemon's list, from 0
     * @param types of its board; empty if nobody needs them
     */
    record Gpu(int index, GpuView view, List<TypeView> types) {}

    /** What a command needs to know beside GPUs and vGPUs. */
    enum With {
        NOTHING,
        TYPES
    }

    /** Reads a daemon's metrics. */
    static EngineTimes times(DaemonClient daemon) {
        return EngineTimes.parse(
                daemon.send("GET", "/metrics", null, OptionalLong.empty()).text(), System.nanoTime());
    }

    /**
     * Reads the rest.
     *
     * @param chosen index, name, UUID or bus address of the only GPU; null for all
     * @param before the metrics of some time ago
     * @param now the metrics
     * @throws IllegalArgumentException if there is no such GPU, with a sentence
     */
    static Reading of(DaemonClient daemon, @Nullable String chosen, With with, EngineTimes before, EngineTimes now) {
        List<GpuView> present = daemon.gpus();
        List<Gpu> gpus = new ArrayList<>();
        for (int i = 0; i < present.size(); i++) {
            if (chosen == null || isMeant(present.get(i), i, chosen)) {
                GpuView gpu = present.get(i);
                gpus.add(new Gpu(i, gpu, with == With.TYPES ? daemon.types(gpu.name()) : List.of()));
            }
        }
        if (chosen != null && gpus.isEmpty()) {
            throw new IllegalArgumentException("No GPU is '" + chosen
                    + "': -i takes its index, its name, its UUID or its"
                    + " bus address. There are "
                    + String.join(", ", present.stream().map(GpuView::name).toList()) + ".");
        }
        return new Reading(
                LocalDateTime.now(ZoneId.systemDefault()),
                daemon.version().version(),
                chosen == null,
                gpus,
                daemon.vgpus(),
                now.since(before),
                now.faults());
    }

    private static boolean isMeant(GpuView gpu, int index, String chosen) {
        return chosen.equals(Integer.toString(index))
                || chosen.equals(gpu.name())
                || chosen.equalsIgnoreCase(gpu.uuid())
                || chosen.equalsIgnoreCase("GPU-" + gpu.uuid())
                || chosen.equalsIgnoreCase(gpu.pciAddress())
                || chosen.equalsIgnoreCase(busId(gpu.pciAddress()));
    }

    /** The vGPUs on a GPU, in the order of their virtual functions. */
    List<VgpuView> on(Gpu gpu) {
        return vgpus.stream()
                .filter(vgpu -> gpu.view.name().equals(vgpu.status().gpu()))
                .sorted(Comparator.comparingInt(
                        vgpu -> Objects.requireNonNullElse(vgpu.status().vf(), Integer.MAX_VALUE)))
                .toList();
    }

    /** The vGPUs that are on no GPU: the stopped ones. */
    List<VgpuView> elsewhere() {
        return vgpus.stream().filter(vgpu -> vgpu.status().gpu() == null).toList();
    }

    /** The vGPUs on the chosen GPUs, and the stopped ones if all GPUs are chosen. */
    List<VgpuView> shown() {
        List<VgpuView> shown = new ArrayList<>();
        gpus.forEach(gpu -> shown.addAll(on(gpu)));
        if (all) {
            shown.addAll(elsewhere());
        }
        return shown;
    }

    EngineTimes.Load load(VgpuView vgpu) {
        return loads.getOrDefault(vgpu.uuid(), EngineTimes.Load.NONE);
    }

    boolean isMeasured(VgpuView vgpu) {
        return loads.containsKey(vgpu.uuid());
    }

    /** All its vGPUs' together. */
    EngineTimes.Load load(Gpu gpu) {
        return on(gpu).stream().map(this::load).reduce(EngineTimes.Load.NONE, EngineTimes.Load::plus);
    }

    /** A decimal number for a vGPU, as such ids are: the first 32 bits of its UUID. */
    static String id(VgpuView vgpu) {
        String hex = vgpu.uuid().substring(0, 8);
        return Long.toString(Long.parseLong(hex, 16));
    }

    /** A PCI address with eight digits of domain, such as 00000000:41:00.0. */
    static String busId(@Nullable String pciAddress) {
        if (pciAddress == null) {
            return NOT_AVAILABLE;
        }
        return "0".repeat(Math.max(0, 8 - pciAddress.indexOf(':'))) + pciAddress.toUpperCase(Locale.ROOT);
    }

    static String orNot(@Nullable Object value) {
        return value == null || value.toString().isEmpty() ? NOT_AVAILABLE : value.toString();
    }

    /** Bytes as whole MiB, with the unit. */
    static String mib(long bytes) {
        return (bytes >> 20) + " MiB";
    }

    /** Cut to a width; three dots say that something is missing. */
    static String fit(String text, int width) {
        int[] points = text.codePoints().toArray();
        return points.length <= width ? text : new String(points, 0, width - 3).concat("...");
    }
}
