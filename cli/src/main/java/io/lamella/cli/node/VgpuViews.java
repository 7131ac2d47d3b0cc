// SPDX-License-Identifier: Apache-2.0
package io.lamella.cli.node;

import io.lamella.cli.Table;
import io.lamella.daemon.client.DaemonClient;
import io.lamella.host.node.VgpuStatus;
import io.lamella.host.node.VgpuView;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The verbs of {@code lamella vgpu} that only look. */
final class VgpuViews {
    private VgpuViews() {}

    @Command(name = "list", mixinStandardHelpOptions = true, description = "List the vGPUs.")
    static final class ListVgpus extends ViewCommand {
        @Option(names = "--gpu", paramLabel = "GPU", description = "Only those on this GPU.")
        private @Nullable String gpu;

        @Override
        View view(DaemonClient daemon, boolean wide) {
            List<VgpuView> vgpus = daemon.vgpus().stream()
                    .filter(vgpu -> gpu == null || gpu.equals(vgpu.status().gpu()))
                    .toList();
            if (vgpus.isEmpty()) {
                return new View(
                        vgpus,
                        List.of("There is no vGPU. Create one:  lamella vgpu create TYPE   (lamella type list)"));
            }
            Table table = wide
                    ? new Table(
                            "NAME",
                            "TYPE",
                            "STATE",
                            "VM",
                            "GPU",
                            "VF",
                            "ADDRESS",
                            "GFID",
                            "PLACE",
                            "FB MIB",
                            "CHANNELS",
                            "AUTOSTART",
                            "UUID",
                            "SOCKET")
                    : new Table("NAME", "TYPE", "STATE", "VM", "GPU", "VF", "PLACE", "FB MIB", "UUID");
            for (VgpuView vgpu : vgpus) {
                VgpuStatus status = vgpu.status();
                String attached = status.attached() ? "attached" : "-";
                if (wide) {
                    table.row(
                            vgpu.name(),
                            vgpu.definition().type(),
                            status.phase().text(),
                            attached,
                            Rows.text(status.gpu()),
                            Rows.text(status.vf()),
                            Rows.text(status.pciAddress()),
                            Rows.text(status.gfid()),
                            Rows.text(status.placementId()),
                            Rows.mib(status.fbSizeBytes()),
                            status.channelCount(),
                            Rows.text(vgpu.definition().autostart()),
                            vgpu.uuid(),
                            Rows.text(status.socket()));
                } else {
                    table.row(
                            vgpu.name(),
                            vgpu.definition().type(),
                            status.phase().text(),
                            attached,
                            Rows.text(status.gpu()),
                            Rows.text(status.vf()),
                            Rows.text(status.placementId()),
                            Rows.mib(status.fbSizeBytes()),
                            vgpu.uuid().substring(0, 8));
                }
            }
            List<String> lines = new ArrayList<>(table.lines());
            vgpus.stream()
                    .filter(vgpu -> !vgpu.status().reason().isEmpty())
                    .forEach(
                            vgpu -> lines.add(vgpu.name() + ": " + vgpu.status().reason()));
            return new View(vgpus, lines);
        }
    }

    @Command(name = "show", mixinStandardHelpOptions = true, description = "Show all of one vGPU.")
    static final class Show extends ViewCommand {
        @Parameters(paramLabel = "VGPU", description = "Its name, its UUID, or the first letters of either.")
        private String name = "";

        @Override
        View view(DaemonClient daemon, boolean wide) {
            VgpuView vgpu = Names.vgpu(daemon, name);
            VgpuStatus status = vgpu.status();
            Rows rows = new Rows()
                    .add("Name", vgpu.name())
                    .add("UUID", vgpu.uuid())
                    .add("Type", vgpu.definition().type())
                    .add("State", status.phase().text())
                    .add("Reason", status.reason())
                    .add("VM", status.attached() ? "attached" : "none")
                    .add("Socket", status.socket())
                    .add("GPU", status.gpu())
                    .add("Virtual function", status.vf())
                    .add("PCI address", status.pciAddress())
                    .add("GFID", status.gfid())
                    .add("Placement id", status.placementId())
                    .add("Frame buffer", status.fbSizeBytes() == 0 ? null : Rows.size(status.fbSizeBytes()))
                    .add("First channel", status.firstChannel())
                    .add("Channels", status.channelCount())
                    .add("Wanted on", vgpu.definition().gpu())
                    .add("Autostart", vgpu.definition().autostart())
                    .add("Stored", vgpu.stored() ? "yes" : "no, it is gone with the daemon")
                    .add("Created", vgpu.createdAt())
                    .add("Revision", vgpu.revision());
            Map<String, String> parameters = vgpu.definition().parameters();
            if (parameters != null) {
                parameters.forEach((key, value) -> rows.add("  " + key, value));
            }
            return new View(vgpu, rows.lines());
        }
    }
}
