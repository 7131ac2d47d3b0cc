// SPDX-License-Identifier: Apache-2.0
package io.lamella.cli.node;

import io.lamella.cli.ExitCode;
import io.lamella.cli.Table;
import io.lamella.daemon.client.DaemonClient;
import io.lamella.host.GpuUse;
import io.lamella.host.node.FrameBufferView;
import io.lamella.host.node.GpuMode;
import io.lamella.host.node.GpuView;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code lamella gpu}. */
@Command(
        name = "gpu",
        mixinStandardHelpOptions = true,
        description = "The daemon's GPUs: list, show, change their mode, take them away and bring them back.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            GpuCommand.ListGpus.class,
            GpuCommand.Show.class,
            GpuCommand.Mode.class,
            GpuCommand.VirtualFunctions.class,
            GpuCommand.Remove.class,
            GpuCommand.Add.class
        })
public final class GpuCommand {
    @Command(name = "list", mixinStandardHelpOptions = true, description = "List the GPUs.")
    static final class ListGpus extends ViewCommand {
        @Override
        View view(DaemonClient daemon, boolean wide) {
            List<GpuView> gpus = daemon.gpus();
            Table table = wide
                    ? new Table(
                            "GPU",
                            "BOARD",
                            "CHIP",
                            "ADDRESS",
                            "PCI ID",
                            "STATE",
                            "USE",
                            "MODE",
                            "SCHEDULER",
                            "VGPUS",
                            "VFS",
                            "FB MIB",
                            "FREE MIB",
                            "QUARANTINED MIB",
                            "FIRMWARE",
                            "UUID")
                    : new Table(
                            "GPU", "BOARD", "STATE", "USE", "MODE", "SCHEDULER", "VGPUS", "VFS", "FB MIB", "FREE MIB");
            for (GpuView gpu : gpus) {
                FrameBufferView fb = gpu.fb();
                String vfs = gpu.enabledVirtualFunctions() + "/" + gpu.totalVirtualFunctions();
                String total = fb == null ? "-" : Rows.mib(fb.usableBytes());
                String free = fb == null ? "-" : Rows.mib(fb.freeBytes());
                if (wide) {
                    table.row(
                            gpu.name(),
                            gpu.board(),
                            Rows.text(gpu.chip()),
                            Rows.text(gpu.pciAddress()),
                            Rows.text(gpu.pciId()),
                            gpu.phase().text(),
                            gpu.use().text(),
                            gpu.mode().text(),
                            gpu.scheduler().policy().text(),
                            gpu.vgpuCount(),
                            vfs,
                            total,
                            free,
                            fb == null ? "-" : Rows.mib(fb.quarantinedBytes()),
                            Rows.text(gpu.firmwareRelease()),
                            Rows.text(gpu.uuid()));
                } else {
                    table.row(
                            gpu.name(),
                            gpu.board(),
                            gpu.phase().text(),
                            gpu.use().text(),
                            gpu.mode().text(),
                            gpu.scheduler().policy().text(),
                            gpu.vgpuCount(),
                            vfs,
                            total,
                            free);
                }
            }
            return new View(gpus, table.lines());
        }
    }

    @Command(name = "show", mixinStandardHelpOptions = true, description = "Show all of one GPU.")
    static final class Show extends ViewCommand {
        @Parameters(arity = "0..1", paramLabel = "GPU", description = "Its name; the first GPU if left out.")
        private String name = "";

        @Override
        View view(DaemonClient daemon, boolean wide) {
            GpuView gpu = daemon.gpu(Names.gpu(daemon, name));
            Rows rows = new Rows()
                    .add("GPU", gpu.name())
                    .add("State", gpu.phase().text())
                    .add("Reason", gpu.reason())
                    .add("Board", gpu.board())
                    .add("Product", gpu.product())
                    .add("Chip", gpu.chip())
                    .add("UUID", gpu.uuid())
                    .add("PCI address", gpu.pciAddress())
                    .add("PCI id", gpu.pciId())
                    .add("GSP firmware", gpu.firmwareRelease())
                    .add("Core", gpu.core())
                    .add("Use", gpu.use().text())
                    .add("Socket", gpu.socket())
                    .add("Held by", gpu.heldBy().isEmpty() ? "nobody" : String.join(", ", gpu.heldBy()))
                    .add("Mode", gpu.mode().text())
                    .add("Scheduler", gpu.scheduler().describe())
                    .add("vGPUs", gpu.vgpuCount())
                    .add(
                            "Virtual functions",
                            gpu.enabledVirtualFunctions() + " enabled of " + gpu.totalVirtualFunctions()
                                    + (gpu.wantedVirtualFunctions() < 0
                                            ? ", as many as vGPUs need"
                                            : ", " + gpu.wantedVirtualFunctions() + " wanted"));
            FrameBufferView fb = gpu.fb();
            if (fb != null) {
                rows.add("Frame buffer", Rows.size(fb.totalBytes()))
                        .add("  for vGPUs", Rows.size(fb.usableBytes()))
                        .add("  free", Rows.size(fb.freeBytes()))
                        .add("  largest free run", Rows.size(fb.largestFreeBytes()))
                        .add("  in quarantine", Rows.size(fb.quarantinedBytes()));
            }
            rows.add("Revision", gpu.revision());
            List<String> lines = new ArrayList<>(rows.lines());
            return new View(gpu, lines);
        }
    }

    /** A verb for one GPU. */
    abstract static class OfGpu extends NodeCommand {
        @Parameters(index = "0", paramLabel = "GPU", description = "Its name.")
        private String name = "";

        abstract int run(DaemonClient daemon, String name);

        @Override
        final int run(DaemonClient daemon) {
            return run(daemon, name);
        }
    }

    /** What a GPU's mode can be: who uses it, or how it is cut while vGPUs do. */
    enum GpuModeWord {
        VGPU("is for vGPUs."),
        DRM("is for programs on the host, through the DRM peer."),
        PASSTHROUGH("is for a VM, whole."),
        EQUAL("takes vGPUs of one size."),
        MIXED("takes vGPUs of mixed sizes.");

        private final String sentence;

        GpuModeWord(String sentence) {
            this.sentence = sentence;
        }

        GpuView set(DaemonClient daemon, String gpu) {
            OptionalLong any = OptionalLong.empty();
            return switch (this) {
                case VGPU -> daemon.setUse(gpu, GpuUse.VGPU, any);
                case DRM -> daemon.setUse(gpu, GpuUse.DRM, any);
                case PASSTHROUGH -> daemon.setUse(gpu, GpuUse.PASSTHROUGH, any);
                case EQUAL -> daemon.setMode(gpu, GpuMode.EQUAL, any);
                case MIXED -> daemon.setMode(gpu, GpuMode.MIXED, any);
            };
        }

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    @Command(
            name = "mode",
            mixinStandardHelpOptions = true,
            description = {
                "Say who uses a GPU, or how it is cut into vGPUs. Nobody may hold it for that.",
                "",
                "vgpu, drm and passthrough: the host cuts it into vGPUs, programs on the host use it through the DRM peer, or"
                        + " a VM gets it whole; one of them at a time. equal and mixed: while it is for vGPUs, they have"
                        + " one size, or several."
            })
    static final class Mode extends OfGpu {
        @Parameters(index = "1", paramLabel = "MODE", description = "${COMPLETION-CANDIDATES}.")
        private GpuModeWord mode = GpuModeWord.VGPU;

        @Override
        int run(DaemonClient daemon, String name) {
            GpuView gpu = mode.set(daemon, name);
            out().println(gpu.name() + " " + mode.sentence);
            if (gpu.socket() != null) {
                out().println("A VM attaches at " + gpu.socket() + ".");
            }
            return ExitCode.OK;
        }
    }

    @Command(
            name = "vfs",
            mixinStandardHelpOptions = true,
            description = "Say how many virtual functions a GPU is to have enabled.")
    static final class VirtualFunctions extends OfGpu {
        @Parameters(index = "1", paramLabel = "COUNT", description = "A number, or auto for as many as vGPUs need.")
        private String count = "auto";

        @Override
        int run(DaemonClient daemon, String name) {
            int wanted = -1;
            if (!count.equals("auto")) {
                if (!count.matches("[0-9]{1,3}")) {
                    throw wrong("COUNT is a number or auto, not '" + count + "'.");
                }
                wanted = Integer.parseInt(count);
            }
            GpuView gpu = daemon.setVirtualFunctions(name, wanted, OptionalLong.empty());
            out().println(gpu.name() + " has " + gpu.enabledVirtualFunctions() + " of " + gpu.totalVirtualFunctions()
                    + " virtual functions enabled.");
            return ExitCode.OK;
        }
    }

    @Command(
            name = "remove",
            mixinStandardHelpOptions = true,
            description = "Take a GPU away, VMs first. What is defined on it stays defined.")
    static final class Remove extends OfGpu {
        @picocli.CommandLine.Option(names = "--yes", description = "Even if VMs are attached to its vGPUs.")
        private boolean yes;

        @Override
        int run(DaemonClient daemon, String name) {
            List<String> attached = new ArrayList<>(daemon.vgpus().stream()
                    .filter(vgpu ->
                            name.equals(vgpu.status().gpu()) && vgpu.status().attached())
                    .map(vgpu -> vgpu.name())
                    .toList());
            GpuView whole = daemon.gpu(name);
            if (whole.use() == GpuUse.PASSTHROUGH) {
                attached.addAll(whole.heldBy());
            }
            if (!attached.isEmpty() && !yes) {
                throw wrong("VMs are attached: " + String.join(", ", attached)
                        + " and would lose their GPU; with --yes it is done all the same.");
            }
            daemon.removeGpu(name);
            out().println(name + " is removed.");
            return ExitCode.OK;
        }
    }

    @Command(
            name = "add",
            mixinStandardHelpOptions = true,
            description = "Bring a GPU back that was removed or lost, and start the vGPUs that are to run on it.")
    static final class Add extends OfGpu {
        @Override
        int run(DaemonClient daemon, String name) {
            daemon.addGpu(name);
            GpuView gpu = daemon.gpu(name);
            out().println(name + " is " + gpu.phase().text() + " with " + gpu.vgpuCount() + " vGPUs.");
            return ExitCode.OK;
        }
    }
}
