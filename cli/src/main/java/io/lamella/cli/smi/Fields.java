// SPDX-License-Identifier: Apache-2.0
package io.lamella.cli.smi;

import static io.lamella.cli.smi.Reading.NOT_AVAILABLE;
import static io.lamella.cli.smi.Reading.orNot;

import io.lamella.cli.smi.Query.Field;
import io.lamella.host.node.FrameBufferView;
import io.lamella.host.node.GpuMode;
import io.lamella.host.node.VgpuView;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.ToLongFunction;

/** The fields that can be asked for. Names that nvidia-smi has mean what they mean there; the others are ours. */
final class Fields {
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyy/MM/dd HH:mm:ss.SSS", Locale.ROOT);
    private static final String UNKNOWN = "Not known to a software GPU: N/A.";

    static final List<Field<Reading.Gpu>> GPU = List.of(
            new Field<>("timestamp", "", "When it was read.", (reading, gpu) -> TIME.format(reading.time())),
            gpu(
                    "count",
                    "",
                    "How many GPUs are shown.",
                    (reading, gpu) -> Integer.toString(reading.gpus().size())),
            gpu("index", "", "Its place in the daemon's list.", (reading, gpu) -> Integer.toString(gpu.index())),
            gpu("name", "", "The product's name.", (reading, gpu) -> Summary.product(gpu)),
            gpu(
                    "uuid",
                    "",
                    "Its UUID.",
                    (reading, gpu) -> gpu.view().uuid() == null
                            ? NOT_AVAILABLE
                            : "GPU-" + gpu.view().uuid()),
            gpu(
                    "pci.bus_id",
                    "",
                    "Its bus address.",
                    (reading, gpu) -> Reading.busId(gpu.view().pciAddress())),
            gpu(
                    "pci.device_id",
                    "",
                    "Vendor and device.",
                    (reading, gpu) -> orNot(gpu.view().pciId())),
            gpu(
                    "driver_version",
                    "",
                    "Lamella's release: it is what drives the GPU.",
                    (reading, gpu) -> reading.release()),
            gpu(
                    "gsp.firmware_version",
                    "",
                    "What its GSP runs.",
                    (reading, gpu) -> orNot(gpu.view().firmwareRelease())),
            gpu("memory.total", "MiB", "All of its frame buffer.", fb(FrameBufferView::totalBytes)),
            gpu(
                    "memory.reserved",
                    "MiB",
                    "What its firmware keeps.",
                    fb(each -> each.totalBytes() - each.usableBytes())),
            gpu("memory.used", "MiB", "What is not free, reserved and quarantined too.", fb(Summary::used)),
            gpu("memory.free", "MiB", "What more vGPUs can have.", fb(FrameBufferView::freeBytes)),
            gpu(
                    "memory.quarantined",
                    "MiB",
                    "Given up until the GPU is opened anew.",
                    fb(FrameBufferView::quarantinedBytes)),
            gpu("utilization.gpu", "%", "Share of the time in which its busiest engine worked.", gpuLoad("")),
            gpu("utilization.graphics", "%", "The same of the graphics and compute engine.", gpuLoad("GR")),
            gpu("utilization.copy", "%", "The same of the busiest copy engine.", gpuLoad("CE")),
            gpu("utilization.memory", "%", UNKNOWN, (reading, gpu) -> NOT_AVAILABLE),
            gpu("temperature.gpu", "", UNKNOWN, (reading, gpu) -> NOT_AVAILABLE),
            gpu("power.draw", "W", UNKNOWN, (reading, gpu) -> NOT_AVAILABLE),
            gpu(
                    "state",
                    "",
                    "Where it is in its life, such as running.",
                    (reading, gpu) -> gpu.view().phase().text()),
            gpu(
                    "gpu_virtualization_mode.current",
                    "",
                    "Host VGPU, Pass-Through to a VM, or None: programs on the host use it.",
                    (reading, gpu) -> Details.virtualization(gpu.view().use())),
            gpu(
                    "vgpu_heterogeneous_mode",
                    "",
                    "Whether vGPUs of mixed sizes can be on it.",
                    (reading, gpu) -> gpu.view().mode() == GpuMode.MIXED ? "Enabled" : "Disabled"),
            gpu(
                    "vgpu_scheduler.policy",
                    "",
                    "How its engines are shared.",
                    (reading, gpu) -> gpu.view().scheduler().policy().text()),
            gpu(
                    "vgpu.count",
                    "",
                    "vGPUs on it.",
                    (reading, gpu) -> Integer.toString(reading.on(gpu).size())),
            gpu(
                    "sriov.total_vfs",
                    "",
                    "Virtual functions that it can have.",
                    (reading, gpu) -> Integer.toString(gpu.view().totalVirtualFunctions())),
            gpu(
                    "sriov.enabled_vfs",
                    "",
                    "Virtual functions that are enabled.",
                    (reading, gpu) -> Integer.toString(gpu.view().enabledVirtualFunctions())));

    static final List<Field<VgpuView>> VGPU = List.of(
            new Field<>("timestamp", "", "When it was read.", (reading, vgpu) -> TIME.format(reading.time())),
            vgpu("vgpu_id", "", "A number for it: the first 32 bits of its UUID.", Reading::id),
            vgpu("uuid", "", "Its UUID.", VgpuView::uuid),
            vgpu("name", "", "By which people know it.", VgpuView::name),
            vgpu("type", "", "Its type.", vgpu -> vgpu.definition().type()),
            vgpu(
                    "state",
                    "",
                    "Where it is in its life, such as running.",
                    vgpu -> vgpu.status().phase().text()),
            vgpu("gpu", "", "The GPU's name.", vgpu -> orNot(vgpu.status().gpu())),
            new Field<>(
                    "gpu.index",
                    "",
                    "The GPU's place in the daemon's list.",
                    (reading, vgpu) -> reading.gpus().stream()
                            .filter(gpu ->
                                    gpu.view().name().equals(vgpu.status().gpu()))
                            .map(gpu -> Integer.toString(gpu.index()))
                            .findFirst()
                            .orElse(NOT_AVAILABLE)),
            vgpu(
                    "pci.bus_id",
                    "",
                    "Its virtual function's bus address.",
                    vgpu -> Reading.busId(vgpu.status().pciAddress())),
            vgpu(
                    "placement_id",
                    "",
                    "Where it is on the GPU.",
                    vgpu -> orNot(vgpu.status().placementId())),
            vgpu(
                    "vm.attached",
                    "",
                    "Whether a VM is attached.",
                    vgpu -> vgpu.status().attached() ? "Yes" : "No"),
            vgpu("vm.id", "", "vfio-user does not tell it: N/A.", vgpu -> NOT_AVAILABLE),
            vgpu("vm.name", "", "vfio-user does not tell it: N/A.", vgpu -> NOT_AVAILABLE),
            vgpu(
                    "socket",
                    "",
                    "Where a VM attaches.",
                    vgpu -> orNot(vgpu.status().socket())),
            vgpu(
                    "memory.total",
                    "MiB",
                    "Frame buffer as its guest's driver sees it.",
                    vgpu -> vgpu.status().fbSizeBytes() == 0
                            ? NOT_AVAILABLE
                            : mib(vgpu.status().fbSizeBytes())),
            vgpu("memory.used", "MiB", "Only the guest's driver knows it: N/A.", vgpu -> NOT_AVAILABLE),
            vgpu("memory.free", "MiB", "Only the guest's driver knows it: N/A.", vgpu -> NOT_AVAILABLE),
            new Field<>("utilization.gpu", "%", "Share of the time in which its busiest engine worked.", vgpuLoad("")),
            new Field<>("utilization.graphics", "%", "The same of the graphics and compute engine.", vgpuLoad("GR")),
            new Field<>("utilization.copy", "%", "The same of the busiest copy engine.", vgpuLoad("CE")),
            vgpu("utilization.memory", "%", UNKNOWN, vgpu -> NOT_AVAILABLE),
            vgpu("utilization.encoder", "%", "It has none: N/A.", vgpu -> NOT_AVAILABLE),
            vgpu("utilization.decoder", "%", "It has none: N/A.", vgpu -> NOT_AVAILABLE),
            new Field<>(
                    "errors",
                    "",
                    "Channels that were stopped for an error.",
                    (reading, vgpu) -> Long.toString(reading.faults().getOrDefault(vgpu.uuid(), 0L))));

    private Fields() {}

    private static Field<Reading.Gpu> gpu(
            String name, String unit, String meaning, BiFunction<Reading, Reading.Gpu, String> value) {
        return new Field<>(name, unit, meaning, value);
    }

    private static Field<VgpuView> vgpu(String name, String unit, String meaning, Function<VgpuView, String> value) {
        return new Field<>(name, unit, meaning, (reading, vgpu) -> value.apply(vgpu));
    }

    private static BiFunction<Reading, Reading.Gpu, String> fb(ToLongFunction<FrameBufferView> part) {
        return (reading, gpu) -> {
            FrameBufferView fb = gpu.view().fb();
            return fb == null ? NOT_AVAILABLE : mib(part.applyAsLong(fb));
        };
    }

    private static BiFunction<Reading, Reading.Gpu, String> gpuLoad(String kind) {
        return (reading, gpu) -> gpu.view().fb() == null
                ? NOT_AVAILABLE
                : Integer.toString(reading.load(gpu).percent(kind));
    }

    private static BiFunction<Reading, VgpuView, String> vgpuLoad(String kind) {
        return (reading, vgpu) ->
                reading.isMeasured(vgpu) ? Integer.toString(reading.load(vgpu).percent(kind)) : NOT_AVAILABLE;
    }

    private static String mib(long bytes) {
        return Long.toString(bytes >> 20);
    }
}
