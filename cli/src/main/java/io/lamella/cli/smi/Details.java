// SPDX-License-Identifier: Apache-2.0
package io.lamella.cli.smi;

import static io.lamella.cli.smi.Reading.NOT_AVAILABLE;
import static io.lamella.cli.smi.Reading.mib;

import io.lamella.host.GpuUse;
import io.lamella.host.node.FrameBufferView;
import io.lamella.host.node.GpuMode;
import io.lamella.host.node.GpuView;
import io.lamella.host.node.VgpuStatus;
import io.lamella.host.node.VgpuView;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The trees of {@code -q}. */
final class Details {
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("EEE MMM d HH:mm:ss yyyy", Locale.ROOT);

    private Details() {}

    private static Tree begin(Reading reading) {
        return new Tree()
                .blank()
                .title("==============LAMELLA-SMI LOG==============")
                .blank()
                .add("Timestamp", TIME.format(reading.time()))
                .add("Lamella Version", reading.release());
    }

    /** {@code lamella smi -q}. */
    static List<String> ofGpus(Reading reading) {
        Tree top = begin(reading).blank().add("Attached GPUs", reading.gpus().size());
        for (Reading.Gpu each : reading.gpus()) {
            GpuView gpu = each.view();
            Tree tree = top.below("GPU " + Reading.busId(gpu.pciAddress()))
                    .add("Product Name", gpu.product())
                    .add("Lamella Name", gpu.name())
                    .add("Board", gpu.board())
                    .add("Chip", gpu.chip())
                    .add("State", gpu.phase().text());
            if (!gpu.reason().isEmpty()) {
                tree.add("Reason", gpu.reason());
            }
            tree.add("GPU UUID", gpu.uuid() == null ? null : "GPU-" + gpu.uuid())
                    .add("GSP Firmware Version", gpu.firmwareRelease())
                    .add("Persistence Mode", null)
                    .add("Accounting Mode", null);
            tree.below("GPU Virtualization Mode")
                    .add("Virtualization Mode", virtualization(gpu.use()))
                    .add("Host VGPU Mode", gpu.use() == GpuUse.VGPU ? "SR-IOV" : null)
                    .add("vGPU Heterogeneous Mode", gpu.mode() == GpuMode.MIXED ? "Enabled" : "Disabled");
            tree.below("SR-IOV")
                    .add("Total VFs", gpu.totalVirtualFunctions())
                    .add("Enabled VFs", gpu.enabledVirtualFunctions());
            tree.below("vGPU Scheduler").add("Policy", gpu.scheduler().policy().text());
            tree.below("PCI").add("Bus Id", Reading.busId(gpu.pciAddress())).add("Vendor and Device Id", gpu.pciId());
            FrameBufferView fb = gpu.fb();
            Tree memory = tree.below("FB Memory Usage");
            memory.add("Total", fb == null ? null : mib(fb.totalBytes()));
            memory.add("Reserved", fb == null ? null : mib(fb.totalBytes() - fb.usableBytes()));
            memory.add("Used", fb == null ? null : mib(Summary.used(fb)));
            memory.add("Free", fb == null ? null : mib(fb.freeBytes()));
            memory.add("Quarantined", fb == null ? null : mib(fb.quarantinedBytes()));
            memory.add("Largest Free Run", fb == null ? null : mib(fb.largestFreeBytes()));
            utilisation(tree, fb != null, reading.load(each));
            tree.below("Temperature").add("GPU Current Temp", null);
            tree.below("GPU Power Readings").add("Average Power Draw", null);
            tree.below("Clocks").add("SM", null).add("Memory", null);
            tree.add("Active vGPUs", reading.on(each).size());
        }
        return top.lines();
    }

    /** In the words of NVIDIA's tool. */
    static String virtualization(GpuUse use) {
        return switch (use) {
            case VGPU -> "Host VGPU";
            case DRM -> "None";
            case PASSTHROUGH -> "Pass-Through";
        };
    }

    private static void utilisation(Tree tree, boolean measured, EngineTimes.Load load) {
        tree.below("Utilization")
                .add("Gpu", measured ? load.percent() + " %" : null)
                .add("Graphics", measured ? load.percent("GR") + " %" : null)
                .add("Copy", measured ? load.percent("CE") + " %" : null)
                .add("Memory", null)
                .add("Encoder", null)
                .add("Decoder", null);
    }

    /** {@code lamella smi vgpu -q}. */
    static List<String> ofVgpus(Reading reading) {
        Tree top = new Tree();
        for (Reading.Gpu each : reading.gpus()) {
            List<VgpuView> vgpus = reading.on(each);
            Tree gpu =
                    top.below("GPU " + Reading.busId(each.view().pciAddress())).add("Active vGPUs", vgpus.size());
            vgpus.forEach(vgpu -> add(gpu, reading, vgpu));
        }
        return top.lines();
    }

    private static void add(Tree gpu, Reading reading, VgpuView vgpu) {
        VgpuStatus status = vgpu.status();
        Tree tree = gpu.below("vGPU ID", Reading.id(vgpu))
                .add("VM ID", null)
                .add("VM Name", null)
                .add("VM Attached", status.attached() ? "Yes" : "No")
                .add("vGPU Name", vgpu.name())
                .add("vGPU Type", vgpu.definition().type())
                .add("vGPU UUID", vgpu.uuid())
                .add("State", status.phase().text());
        if (!status.reason().isEmpty()) {
            tree.add("Reason", status.reason());
        }
        tree.add("Guest Driver Version", null)
                .add("License Status", NOT_AVAILABLE)
                .add("GPU Instance ID", null)
                .add("Placement ID", status.placementId())
                .add("Accounting Mode", null)
                .add("ECC Mode", null)
                .add("Frame Rate Limit", null);
        tree.below("PCI")
                .add("Bus Id", Reading.busId(status.pciAddress()))
                .add("Virtual Function", status.vf())
                .add("GFID", status.gfid());
        tree.below("FB Memory Usage")
                .add("Total", status.fbSizeBytes() == 0 ? null : mib(status.fbSizeBytes()))
                .add("Used", null)
                .add("Free", null);
        utilisation(tree, reading.isMeasured(vgpu), reading.load(vgpu));
        tree.below("Encoder Stats").add("Active Sessions", null);
        tree.below("FBC Stats").add("Active Sessions", null);
        tree.add("Channel Errors", reading.faults().getOrDefault(vgpu.uuid(), 0L));
        Map<String, String> parameters = vgpu.definition().parameters();
        if (parameters != null && !parameters.isEmpty()) {
            Tree below = tree.below("Parameters");
            parameters.forEach(below::add);
        }
    }
}
