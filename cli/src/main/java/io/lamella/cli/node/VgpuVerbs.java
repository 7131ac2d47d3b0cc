// SPDX-License-Identifier: Apache-2.0
package io.lamella.cli.node;

import io.lamella.cli.ExitCode;
import io.lamella.daemon.client.DaemonClient;
import io.lamella.host.node.VgpuDefinition;
import io.lamella.host.node.VgpuStatus;
import io.lamella.host.node.VgpuView;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The verbs of {@code lamella vgpu} that change something. */
final class VgpuVerbs {
    private VgpuVerbs() {}

    /** What became of a vGPU, in a line, and where a VM attaches. */
    private static String sentence(VgpuView vgpu) {
        VgpuStatus status = vgpu.status();
        String line = "vGPU " + vgpu.name() + " (" + vgpu.definition().type() + ") is "
                + status.phase().text();
        if (status.gpu() != null) {
            line += " on " + status.gpu() + ", VF " + Rows.text(status.vf()) + ", placement "
                    + Rows.text(status.placementId());
        }
        line += ".";
        return status.socket() == null ? line : line + "\nA VM attaches at " + status.socket();
    }

    /** A verb for one vGPU that is there. */
    abstract static class Verb extends NodeCommand {
        @Parameters(
                index = "0",
                paramLabel = "VGPU",
                description = "Its name, its UUID, or the first letters of either.")
        private String name = "";

        abstract VgpuView change(DaemonClient daemon, String uuid);

        @Override
        int run(DaemonClient daemon) {
            out().println(sentence(change(daemon, Names.uuid(daemon, name))));
            return ExitCode.OK;
        }
    }

    /** A verb that sends a VM away, if one is attached. */
    abstract static class Interrupting extends NodeCommand {
        @Parameters(
                index = "0",
                paramLabel = "VGPU",
                description = "Its name, its UUID, or the first letters of either.")
        private String name = "";

        @Option(names = "--yes", description = "Even if a VM is attached.")
        private boolean yes;

        abstract String change(DaemonClient daemon, VgpuView vgpu);

        @Override
        int run(DaemonClient daemon) {
            VgpuView vgpu = Names.vgpu(daemon, name);
            if (vgpu.status().attached() && !yes) {
                throw wrong("A VM is attached to " + vgpu.name()
                        + " and would lose it; with --yes it is done all the same.");
            }
            out().println(change(daemon, vgpu));
            return ExitCode.OK;
        }
    }

    /** A verb for a vGPU that is to be. */
    abstract static class Defining extends NodeCommand {
        @Parameters(paramLabel = "TYPE", description = "A type, such as L40-8Q.")
        private String type = "";

        @Mixin
        private DefinitionOptions definition = new DefinitionOptions();

        abstract VgpuView make(DaemonClient daemon, VgpuDefinition definition);

        @Override
        int run(DaemonClient daemon) {
            out().println(sentence(make(daemon, definition.of(type))));
            return ExitCode.OK;
        }
    }

    @Command(
            name = "define",
            mixinStandardHelpOptions = true,
            description = "Remember a vGPU without starting it. It costs nothing of a GPU until it is started.")
    static final class Define extends Defining {
        @Override
        VgpuView make(DaemonClient daemon, VgpuDefinition definition) {
            return daemon.define(definition);
        }
    }

    @Command(
            name = "create",
            mixinStandardHelpOptions = true,
            description = "Define a vGPU and start it. If it does not start it is forgotten again.")
    static final class Create extends Defining {
        @Override
        VgpuView make(DaemonClient daemon, VgpuDefinition definition) {
            return daemon.create(definition);
        }
    }

    @Command(
            name = "start",
            mixinStandardHelpOptions = true,
            description = "Start a vGPU: it gets its part of a GPU, and a socket for a VM.")
    static final class Start extends Verb {
        @Override
        VgpuView change(DaemonClient daemon, String uuid) {
            return daemon.start(uuid);
        }
    }

    @Command(
            name = "stop",
            mixinStandardHelpOptions = true,
            description = "Stop a vGPU: its memory is scrubbed and given back. It stays defined.")
    static final class Stop extends Interrupting {
        @Override
        String change(DaemonClient daemon, VgpuView vgpu) {
            return sentence(daemon.stop(vgpu.uuid()));
        }
    }

    @Command(
            name = "reset",
            mixinStandardHelpOptions = true,
            description =
                    "Reset a vGPU as a function level reset does: its memory is scrubbed, its driver must load again.")
    static final class Reset extends Interrupting {
        @Override
        String change(DaemonClient daemon, VgpuView vgpu) {
            return sentence(daemon.reset(vgpu.uuid()));
        }
    }

    @Command(name = "delete", mixinStandardHelpOptions = true, description = "Stop a vGPU and forget it.")
    static final class Delete extends Interrupting {
        @Override
        String change(DaemonClient daemon, VgpuView vgpu) {
            daemon.delete(vgpu.uuid(), OptionalLong.empty());
            return "vGPU " + vgpu.name() + " is deleted.";
        }
    }

    @Command(
            name = "set",
            mixinStandardHelpOptions = true,
            description = "Change parameters of a vGPU. The others stay; an empty value goes back to the default.")
    static final class Set extends Verb {
        @Parameters(index = "1..*", arity = "1..*", paramLabel = "KEY=VALUE", description = "Parameters.")
        private Map<String, String> changes = new LinkedHashMap<>();

        @Override
        VgpuView change(DaemonClient daemon, String uuid) {
            VgpuView vgpu = daemon.vgpu(uuid);
            Map<String, String> now = vgpu.definition().parameters();
            Map<String, String> all = now == null ? new TreeMap<>() : new TreeMap<>(now);
            changes.forEach((key, value) -> {
                if (value.isEmpty()) {
                    all.remove(key);
                } else {
                    all.put(key, value);
                }
            });
            return daemon.setParameters(uuid, all, vgpu.revision());
        }
    }

    @Command(
            name = "clear-quarantine",
            mixinStandardHelpOptions = true,
            description = "Give back what a vGPU that could not be cleaned up still holds, after scrubbing it again.")
    static final class ClearQuarantine extends Verb {
        @Override
        VgpuView change(DaemonClient daemon, String uuid) {
            return daemon.clearQuarantine(uuid);
        }
    }
}
