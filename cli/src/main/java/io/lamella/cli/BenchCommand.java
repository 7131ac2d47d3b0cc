// SPDX-License-Identifier: Apache-2.0
package io.lamella.cli;

import io.lamella.bench.CopyBench;
import io.lamella.bench.WireBench;
import io.lamella.cli.render.RenderCommand;
import io.lamella.cli.render.RenderOptions;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code lamella bench}. */
@Command(
        name = "bench",
        mixinStandardHelpOptions = true,
        description = "Measure.",
        subcommands = {BenchCommand.Wire.class, BenchCommand.Copy.class, BenchCommand.Render.class},
        synopsisSubcommandLabel = "WHAT")
final class BenchCommand implements Runnable {
    @picocli.CommandLine.Spec
    private picocli.CommandLine.Model.CommandSpec spec = picocli.CommandLine.Model.CommandSpec.create();

    @Override
    public void run() {
        spec.commandLine().usage(spec.commandLine().getOut());
    }

    /** {@code lamella bench wire}. */
    @Command(
            name = "wire",
            mixinStandardHelpOptions = true,
            description =
                    "Measure the vfio-user server beside a floor: a C program with one recvmsg and one send a request.",
            footer = {"", "Takes about a minute. Needs a C compiler."})
    static final class Wire implements Callable<Integer> {
        @Option(names = "-o", paramLabel = "FORMAT", description = "${COMPLETION-CANDIDATES} (default: text).")
        private OutputFormat format = OutputFormat.text;

        @Override
        public Integer call() {
            return WireBench.run(format == OutputFormat.json, System.out, System.err);
        }
    }

    /** {@code lamella bench copy}. */
    @Command(
            name = "copy",
            mixinStandardHelpOptions = true,
            description = {
                "Measure a copy engine of the software GPU beside a plain copy of the same memory.",
                "The work goes the hardware's way: push buffer, ring, doorbell, page tables, semaphore."
            },
            footer = {"", "Takes about half a minute and 200 MiB of memory."})
    static final class Copy implements Callable<Integer> {
        @Option(names = "-o", paramLabel = "FORMAT", description = "${COMPLETION-CANDIDATES} (default: text).")
        private OutputFormat format = OutputFormat.text;

        @Override
        public Integer call() {
            return CopyBench.run(format == OutputFormat.json, System.out, System.err);
        }
    }

    /** {@code lamella bench render}. */
    @Command(
            name = "render",
            mixinStandardHelpOptions = true,
            description = {
                "Measure the whole software GPU through the DRM peer, with no VM, beside a plain copy of as much memory.",
                "From the call to the wake-up, as a program of the host sees it."
            },
            footer = {"", "Takes about half a minute and 400 MiB of memory."})
    static final class Render implements Callable<Integer> {
        @Mixin
        private RenderOptions options = new RenderOptions();

        @Override
        public Integer call() throws Exception {
            return RenderCommand.bench(options);
        }
    }
}
