// SPDX-License-Identifier: Apache-2.0
package io.lamella.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lamella.core.PciAddress;
import io.lamella.gpu.recording.RecordingReader;
import io.lamella.gpu.recording.ReplayReport;
import io.lamella.gpu.trace.TraceEvent;
import io.lamella.gpu.trace.TraceFeed;
import io.lamella.gpu.trace.TraceFilter;
import io.lamella.host.GpuSettings;
import io.lamella.host.HostGpu;
import io.lamella.host.LamellaHost;
import io.lamella.host.ShippedFirmware;
import io.lamella.host.guest.NoVmGuest;
import io.lamella.vfio.VfioVgpu;
import io.lamella.vgpu.VgpuSpec;
import io.lamella.vgpu.type.TypeCatalogue;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Lamella's own driver, watched and recorded at a vGPU's socket, without a VM. */
@Timeout(120)
class ReplayTest {
    @TempDir
    private Path folder = Path.of("");

    @ParameterizedTest
    @ValueSource(strings = {"535.113.01", "570.144"})
    void aRecordedDriverReplaysAndADifferentGpuIsNoticed(String release) throws IOException {
        Path file = folder.resolve("driver.lrec");
        List<TraceEvent> events = new ArrayList<>();
        try (LamellaHost host = LamellaHost.builder().start()) {
            HostGpu gpu = host.gpus().getFirst();
            VfioVgpu vgpu = gpu.create(VgpuSpec.of("L40-8Q"), file);
            try (TraceFeed feed = gpu.subscribe(vgpu.vgpu().uuid(), TraceFilter.DEFAULT)) {
                NoVmGuest.run(vgpu.socket(), ShippedFirmware.source(), release);
                gpu.destroy(vgpu.vgpu().uuid());
                while (!feed.isEnded()) {
                    TraceEvent event = feed.next(1_000_000_000);
                    if (event != null) {
                        events.add(event);
                    }
                }
            }
            assertThat(events).allMatch(TraceEvent::known);
            TraceEvent info = events.stream()
                    .filter(event -> event.name().equals("GET_GSP_STATIC_INFO"))
                    .findFirst()
                    .orElseThrow();
            assertThat(info.result()).isEqualTo("OK");
            assertThat(info.reply()).containsKey("fb_length");
            assertThat(info.durationNanos()).isPositive();

            assertThat(replay(gpu, file).difference()).isNull();
            // Twice is the same, whatever the function did before.
            assertThat(replay(gpu, file).difference()).isNull();
        }
        // A board of a smaller type shows another size, which the driver reads early.
        try (LamellaHost host = LamellaHost.builder().start();
                RecordingReader recording = new RecordingReader(file)) {
            ReplayReport other = host.gpus().getFirst().replay(recording, "L40-4Q");
            assertThat(other.difference()).isNotNull().satisfies(difference -> {
                assertThat(difference.what()).startsWith("register ");
                assertThat(difference.access()).isBetween(1L, other.accesses());
                assertThat(difference.sentence()).contains("expected 0x").contains("got 0x");
            });
        }
    }

    /** A function that boots by its FSP replays as well; one of another chip does not take its place. */
    @Test
    void aRecordingKnowsItsChip() throws IOException {
        Path file = folder.resolve("blackwell.lrec");
        GpuSettings blackwell = GpuSettings.of(
                "blackwell",
                new PciAddress(0, 9, 0, 0),
                TypeCatalogue.shipped().board("RTX-PRO-6000").orElseThrow());
        try (LamellaHost host = LamellaHost.builder().start()) {
            HostGpu gpu = host.addGpu(blackwell);
            VfioVgpu vgpu = gpu.create(VgpuSpec.of("DC-8Q"), file);
            NoVmGuest.run(vgpu.socket(), ShippedFirmware.source(), "570.144");
            gpu.destroy(vgpu.vgpu().uuid());
            try (RecordingReader recording = new RecordingReader(file)) {
                assertThat(recording.header().chip()).isEqualTo("GB202");
            }
            assertThat(replay(gpu, file).difference()).isNull();
            try (RecordingReader recording = new RecordingReader(file)) {
                assertThatThrownBy(() -> host.gpus().getFirst().replay(recording, "L40-8Q"))
                        .hasMessageContaining("of a function of GB202");
            }
        }
    }

    private static ReplayReport replay(HostGpu gpu, Path file) throws IOException {
        try (RecordingReader recording = new RecordingReader(file)) {
            ReplayReport report = gpu.replay(recording);
            assertThat(report.complete()).isTrue();
            // A chip with an FSP needs the fewest.
            assertThat(report.accesses()).isGreaterThan(200);
            assertThat(report.dmaReads()).isGreaterThan(50);
            return report;
        }
    }
}
