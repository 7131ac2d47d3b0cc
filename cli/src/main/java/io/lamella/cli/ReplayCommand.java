// SPDX-License-Identifier: Apache-2.0
package io.lamella.cli;

import io.lamella.gpu.recording.RecordingReader;
import io.lamella.gpu.recording.ReplayReport;
import io.lamella.host.HostGpu;
import io.lamella.host.LamellaHost;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code lamella replay}. */
@Command(
        name = "replay",
        mixinStandardHelpOptions = true,
        description =
                "Do again what a recorded driver did with its vGPU, without a VM, and say whether the GPU still does the"
                        + " same.",
        footer = {
            "",
            "Recordings are made with --record of trace, demo and vm.",
            "Exit code 0 if there is no difference, 1 with the first one if there is."
        })
final class ReplayCommand implements Callable<Integer> {
    @Parameters(paramLabel = "FILE", description = "The recording.")
    private Path file = Path.of("");

    @Option(names = "-o", paramLabel = "FORMAT", description = "${COMPLETION-CANDIDATES} (default: text).")
    private OutputFormat format = OutputFormat.text;

    @Override
    public Integer call() throws IOException {
        try (RecordingReader recording = new RecordingReader(file);
                LamellaHost host = LamellaHost.builder()
                        .firmwareReleases(recording.header().hostRelease())
                        .start()) {
            HostGpu gpu = host.gpus().getFirst();
            long begun = System.nanoTime();
            ReplayReport report = gpu.replay(recording);
            double seconds = (System.nanoTime() - begun) / 1e9;
            if (format == OutputFormat.json) {
                Json.print(System.out, document(recording, report, seconds));
            } else {
                print(recording, report, seconds);
            }
            return report.difference() == null ? ExitCode.OK : ExitCode.FAILED;
        }
    }

    private static void print(RecordingReader recording, ReplayReport report, double seconds) {
        System.out.printf(
                java.util.Locale.ROOT,
                "%s, recorded %s: %d accesses, %d DMA reads, %d DMA writes, %d interrupts in %.1f s.%n",
                recording.header().vgpuType(),
                recording.header().recordedAt(),
                report.accesses(),
                report.dmaReads(),
                report.dmaWrites(),
                report.interrupts(),
                seconds);
        ReplayReport.@Nullable Difference difference = report.difference();
        if (difference != null) {
            System.out.println(difference.sentence());
        } else {
            System.out.println(
                    report.complete()
                            ? "No difference."
                            : "No difference up to where the recording was cut off: it has no end.");
        }
    }

    private static Map<String, Object> document(RecordingReader recording, ReplayReport report, double seconds) {
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("type", recording.header().vgpuType());
        document.put("recordedAt", recording.header().recordedAt());
        document.put("accesses", report.accesses());
        document.put("dmaReads", report.dmaReads());
        document.put("dmaWrites", report.dmaWrites());
        document.put("interrupts", report.interrupts());
        document.put("complete", report.complete());
        document.put("seconds", seconds);
        ReplayReport.@Nullable Difference difference = report.difference();
        if (difference != null) {
            Map<String, Object> found = new LinkedHashMap<>();
            found.put("access", difference.access());
            found.put("seconds", difference.atNanos() / 1e9);
            found.put("what", difference.what());
            found.put("expected", difference.expected());
            found.put("got", difference.got());
            document.put("difference", found);
        }
        return document;
    }
}
