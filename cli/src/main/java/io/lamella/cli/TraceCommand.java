// SPDX-License-Identifier: Apache-2.0
package io.lamella.cli;

import io.lamella.gpu.trace.TraceFilter;
import io.lamella.host.HostGpu;
import io.lamella.host.LamellaHost;
import io.lamella.host.ShippedFirmware;
import io.lamella.host.guest.NoVmGuest;
import io.lamella.vfio.VfioVgpu;
import io.lamella.vgpu.VgpuSpec;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code lamella trace}. */
@Command(
        name = "trace",
        mixinStandardHelpOptions = true,
        description =
                "Show what a driver does with a vGPU, like strace: messages to the GSP, boot steps, registers, doorbells,"
                        + " interrupts and faults, by name.",
        footer = {
            "",
            "The driver is Lamella's own core, at the vGPU's socket; demo and vm take --trace to watch a VM's driver.",
            "",
            "Examples:",
            "  ./lamella trace -e rpc",
            "  ./lamella trace -e register -n FALCON,PTIMER",
            "  ./lamella trace -c",
            "  ./lamella trace --record session.lrec && ./lamella replay session.lrec"
        })
final class TraceCommand implements Callable<Integer> {
    @Mixin
    private TraceOptions options = new TraceOptions();

    @Option(names = "--type", paramLabel = "TYPE", description = "The vGPU type (default: L40-8Q).")
    private String type = "L40-8Q";

    @Option(
            names = "--guest-firmware",
            paramLabel = "RELEASE",
            description = "The firmware release that the driver boots: 570.144 (the default) or 535.113.01.")
    private String release = "570.144";

    @Option(names = "-o", paramLabel = "FORMAT", description = "${COMPLETION-CANDIDATES}; json is a line per event.")
    private OutputFormat format = OutputFormat.text;

    @Option(names = "-c", description = "Count instead: how often, how long, how many errors, by name.")
    private boolean summary;

    @Option(names = "-v", description = "Print every field of every message.")
    private boolean whole;

    @Option(names = "--output", paramLabel = "FILE", description = "Print there (default: standard output).")
    private @Nullable Path output;

    @Override
    public Integer call() throws IOException {
        TraceFilter filter = options.filter();
        try (LamellaHost host = LamellaHost.builder().start()) {
            HostGpu gpu = host.gpus().getFirst();
            VfioVgpu vgpu = gpu.create(VgpuSpec.of(type), options.record);
            TraceOutput printing = open(gpu, vgpu, filter);
            try {
                NoVmGuest.run(vgpu.socket(), ShippedFirmware.source(), release);
                gpu.destroy(vgpu.vgpu().uuid());
            } finally {
                printing.close();
            }
        }
        return ExitCode.OK;
    }

    private TraceOutput open(HostGpu gpu, VfioVgpu vgpu, TraceFilter filter) throws IOException {
        PrintStream to = to(output);
        TracePrinter printer = summary ? new TraceSummary(to) : printer(to, format, whole);
        return new TraceOutput(gpu.subscribe(vgpu.vgpu().uuid(), filter), printer, () -> finish(to));
    }

    /** A file, or standard output where there is none or it is called {@code -}. */
    static PrintStream to(@Nullable Path file) throws IOException {
        if (file == null || file.toString().equals("-")) {
            return System.out;
        }
        OutputStream stream = Files.newOutputStream(file);
        return new PrintStream(new java.io.BufferedOutputStream(stream, 1 << 16), false, StandardCharsets.UTF_8);
    }

    static void finish(PrintStream stream) {
        stream.flush();
        if (!stream.equals(System.out)) {
            stream.close();
        }
    }

    static TracePrinter printer(PrintStream to, OutputFormat format, boolean whole) {
        return switch (format) {
            case json -> new TraceJson(to);
            case text -> new TraceText(to, to.equals(System.out) && Terminal.isInteractive(), whole);
        };
    }
}
