// SPDX-License-Identifier: Apache-2.0
package io.lamella.cli;

import io.lamella.cli.node.EventsCommand;
import io.lamella.cli.node.GpuCommand;
import io.lamella.cli.node.NodeFileCommands;
import io.lamella.cli.node.PlacementCommand;
import io.lamella.cli.node.SchedCommand;
import io.lamella.cli.node.TypeCommand;
import io.lamella.cli.node.VgpuCommand;
import io.lamella.cli.render.RenderCommand;
import io.lamella.cli.smi.SmiCommand;
import io.lamella.core.CorePeer;
import java.util.List;
import java.util.Objects;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Model.CommandSpec;

/**
 * The commands, by the part of the program that they need. A program can be made without a part; its commands are not in the help then, and
 * who calls one is told which module is missing. A command's class is touched only if its part is there.
 */
public final class CommandGroups {
    /** What a program can be made with or without. */
    private enum Part {
        /** Always there. */
        ANY(null, ""),
        VGPU("vgpu", "the vGPU side (module io.lamella.daemon and what it uses)"),
        BENCH("bench", "the benchmarks (module io.lamella.bench)");

        private final @Nullable String peer;
        private final String what;

        Part(@Nullable String peer, String what) {
            this.peer = peer;
            this.what = what;
        }
    }

    /**
     * A command.
     *
     * @param name as it is typed, for when its class cannot be asked
     * @param type asked for only if the part is there
     */
    private record Entry(String name, Part part, Supplier<Class<?>> type) {}

    private static final List<Entry> ENTRIES = List.of(
            new Entry("demo", Part.VGPU, () -> DemoCommand.class),
            new Entry("daemon", Part.VGPU, () -> DaemonCommand.class),
            new Entry("gpu", Part.VGPU, () -> GpuCommand.class),
            new Entry("vgpu", Part.VGPU, () -> VgpuCommand.class),
            new Entry("type", Part.VGPU, () -> TypeCommand.class),
            new Entry("placement", Part.VGPU, () -> PlacementCommand.class),
            new Entry("sched", Part.VGPU, () -> SchedCommand.class),
            new Entry("events", Part.VGPU, () -> EventsCommand.class),
            new Entry("apply", Part.VGPU, () -> NodeFileCommands.Apply.class),
            new Entry("diff", Part.VGPU, () -> NodeFileCommands.Diff.class),
            new Entry("export", Part.VGPU, () -> NodeFileCommands.Export.class),
            new Entry("smi", Part.VGPU, () -> SmiCommand.class),
            new Entry("vm", Part.VGPU, () -> VmCommand.class),
            new Entry("probe", Part.VGPU, () -> ProbeCommand.class),
            new Entry("qemu-args", Part.VGPU, () -> QemuArgsCommand.class),
            new Entry("libvirt-xml", Part.VGPU, () -> LibvirtXmlCommand.class),
            new Entry("doctor", Part.ANY, () -> DoctorCommand.class),
            new Entry("trace", Part.VGPU, () -> TraceCommand.class),
            new Entry("replay", Part.VGPU, () -> ReplayCommand.class),
            new Entry("types", Part.VGPU, () -> TypesCommand.class),
            new Entry("render", Part.ANY, () -> RenderCommand.class),
            new Entry("core", Part.VGPU, () -> CoreCommand.class),
            new Entry("bench", Part.BENCH, () -> BenchCommand.class),
            new Entry("example-device", Part.ANY, () -> ExampleDeviceCommand.class),
            new Entry("completion", Part.ANY, () -> CompletionCommand.class),
            new Entry("build-files", Part.ANY, () -> BuildCommand.class),
            new Entry("help", Part.ANY, () -> HelpCommand.class));

    private CommandGroups() {}

    /** The names of the parts that are there. */
    private static Set<String> present() {
        return ServiceLoader.load(CorePeer.class, CommandGroups.class.getClassLoader()).stream()
                .map(peer -> peer.get().name())
                .collect(Collectors.toUnmodifiableSet());
    }

    /** Whether the benchmarks are part of this program. */
    public static boolean hasBenchmarks() {
        return present().contains("bench");
    }

    /** Adds what is there, in the order of the help, and an answer for what is not. */
    static void addTo(CommandLine line) {
        Set<String> present = present();
        for (Entry entry : ENTRIES) {
            if (entry.part == Part.ANY || present.contains(Objects.requireNonNull(entry.part.peer))) {
                line.addSubcommand(entry.type.get());
            } else {
                line.addSubcommand(entry.name, missing(entry));
            }
        }
    }

    private static CommandLine missing(Entry entry) {
        Callable<Integer> answer = () -> {
            System.err.println("lamella: This program was made without " + entry.part.what + ", so it has no "
                    + entry.name + " command.");
            return ExitCode.UNAVAILABLE;
        };
        CommandSpec spec = CommandSpec.wrapWithoutInspection(answer);
        spec.usageMessage().hidden(true);
        CommandLine line = new CommandLine(spec);
        line.setUnmatchedArgumentsAllowed(true);
        return line;
    }
}
