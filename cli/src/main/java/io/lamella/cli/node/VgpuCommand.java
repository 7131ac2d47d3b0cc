// SPDX-License-Identifier: Apache-2.0
package io.lamella.cli.node;

import picocli.CommandLine.Command;

/** {@code lamella vgpu}. */
@Command(
        name = "vgpu",
        mixinStandardHelpOptions = true,
        description = "The daemon's vGPUs: list, show, create, start, stop, reset, change and delete them.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            VgpuViews.ListVgpus.class,
            VgpuViews.Show.class,
            VgpuVerbs.Define.class,
            VgpuVerbs.Create.class,
            VgpuVerbs.Start.class,
            VgpuVerbs.Stop.class,
            VgpuVerbs.Reset.class,
            VgpuVerbs.Set.class,
            VgpuVerbs.ClearQuarantine.class,
            VgpuVerbs.Delete.class
        },
        footer = {
            "",
            "A VGPU is named by its name, its UUID, or the first letters of either.",
            "",
            "Example:  lamella vgpu create L40-8Q --name desk1"
        })
public final class VgpuCommand {}
