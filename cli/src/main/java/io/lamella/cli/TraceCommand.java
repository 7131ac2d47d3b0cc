// SPDX-License-Identifier: Apache-2.0
package io.lamella.cli;

import io.lamella.cli.node.DaemonCall;
import io.lamella.cli.node.DaemonSocket;
import io.lamella.daemon.client.DaemonClient;
import io.lamella.daemon.client.EventStream;
import io.lamella.daemon.http.Json;
import io.lamella.gpu.trace.TraceEvent;
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
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code lamella trace}. */
@Command(
        name = "trace",
        mixinStandardHelpOptions = true,
        description =
                "Show what a driver does with a vGPU, like strace: messages to the GSP, boot steps, registers, doorbells,"
                        + " interrupts and faults, by name.",
        footer = {
            "",
            "With a VGPU it is a daemon's, live, until Ctrl-C or until it is stopped. Without one a vGPU is made for the",
            "purpose, and Lamella's own core is its driver. demo and vm take --trace to watch a VM's driver.",
            "",
            "Examples:",
            "  ./lamella trace desk1 -e rpc",
            "  ./lamella trace -e rpc",
            "  ./lamella trace -e register -n FALCON,PTIMER",
            "  ./lamella trace -c",
            "  ./lamella trace --record session.lrec && ./lamella replay session.lrec"
        })
final class TraceCommand implements Callable<Integer> {
    @Spec
    private @Nullable CommandSpec spec;

    @Parameters(arity = "0..1", paramLabel = "VGPU", description = "A vGPU of the daemon, by name or UUID.")
    private @Nullable String vgpu;

    @Mixin
    private DaemonSocket socket = new DaemonSocket();

    @Mixin
    private TraceOptions options = new TraceOptions();

    @Option(names = "--type", paramLabel = "TYPE", description = "The vGPU type (default: L40-8Q).")
    private String type = "L40-8Q";

    @Option(
            names = "--guest-firmware",
            paramLabel = "RELEASE",
            description = "The firmware release that the driver boots, such as 535.113.01 (default: ${DEFAULT-VALUE}).")
    private String release = ShippedFirmware.releases().getFirst();

    @Option(names = "-o", paramLabel = "FORMAT", description = "${COMPLETION-CANDIDATES}; json is a line per event.")
    private OutputFormat format = OutputFormat.text;

    @Option(names = "-c", description = "Count instead: how often, how long, how many errors, by name.")
    private boolean summary;

    @Option(names = "-v", description = "Print every field of every message.")
    private boolean whole;

    @Option(names = "--output", paramLabel = "FILE", description = "Print there (default: standard output).")
    private @Nullable Path output;

    @Override
    public Integer call() throws Exception {
        TraceFilter filter = options.filter();
        String served = vgpu;
        if (served != null) {
            if (options.record != null) {
                System.err.println(
                        "lamella: A recording begins when a vGPU is made, so a daemon's cannot be recorded; leave out"
                                + " --record, or record with lamella vm or lamella trace without a VGPU.");
                return ExitCode.USAGE;
            }
            CommandLine line = Objects.requireNonNull(spec).commandLine();
            return DaemonCall.run(socket.path(), line.getOut(), line.getErr(), daemon -> watch(daemon, served));
        }
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

    /** Shows what happens to a daemon's vGPU. */
    private int watch(DaemonClient daemon, String name) throws IOException {
        PrintStream to = to(output);
        TracePrinter printer = printer(to);
        // Ctrl-C is how one usually ends this: what was counted is printed then.
        Thread last = Thread.ofPlatform().unstarted(() -> end(printer, to));
        try (EventStream stream = daemon.trace(name, options.kinds, options.names)) {
            Runtime.getRuntime().addShutdownHook(last);
            for (EventStream.Item item = stream.next();
                    item != null && !item.name().equals("end");
                    item = stream.next()) {
                synchronized (printer) {
                    printer.print(Json.read(Json.bytes(item.data()), TraceEvent.class));
                    printer.flush();
                }
            }
        }
        if (Runtime.getRuntime().removeShutdownHook(last)) {
            end(printer, to);
        }
        return ExitCode.OK;
    }

    private static void end(TracePrinter printer, PrintStream to) {
        synchronized (printer) {
            printer.end();
            finish(to);
        }
    }

    private TraceOutput open(HostGpu gpu, VfioVgpu vgpu, TraceFilter filter) throws IOException {
        PrintStream to = to(output);
        return new TraceOutput(gpu.subscribe(vgpu.vgpu().uuid(), filter), printer(to), () -> finish(to));
    }

    private TracePrinter printer(PrintStream to) {
        return summary ? new TraceSummary(to) : printer(to, format, whole);
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
