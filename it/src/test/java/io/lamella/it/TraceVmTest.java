// SPDX-License-Identifier: Apache-2.0
package io.lamella.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.lamella.gpu.recording.RecordingReader;
import io.lamella.gpu.recording.ReplayReport;
import io.lamella.gpu.trace.TraceEvent;
import io.lamella.gpu.trace.TraceFeed;
import io.lamella.gpu.trace.TraceFilter;
import io.lamella.host.HostGpu;
import io.lamella.host.LamellaHost;
import io.lamella.vfio.VfioVgpu;
import io.lamella.vgpu.VgpuSpec;
import io.lamella.vm.guest.KernelProvider;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Nouveau's whole probe in a VM, watched and recorded: everything it does has a name, and the recording replays. */
@Tag("vm")
@Timeout(600)
class TraceVmTest {
    @TempDir
    private Path folder = Path.of("");

    @ParameterizedTest
    @CsvSource({KernelProvider.STABLE + ",535.113.01", KernelProvider.NEWEST + ",570.144"})
    void everythingHasANameAndReplaysWithoutADifference(String kernel, String release) throws Exception {
        Path file = folder.resolve("probe.lrec");
        List<TraceEvent> events = new ArrayList<>();
        try (LamellaHost host = LamellaHost.builder().start()) {
            HostGpu gpu = host.gpus().getFirst();
            VfioVgpu vgpu = gpu.create(VgpuSpec.of("L40-8Q"), file);
            UUID uuid = vgpu.vgpu().uuid();
            TraceFeed feed = gpu.subscribe(uuid, TraceFilter.DEFAULT);
            Thread reader = Thread.ofPlatform().start(() -> read(feed, events));
            try (NouveauGuest vm = NouveauGuest.boot(
                    "trace-" + kernel, NouveauGuest.prepare(kernel, List.of(release)), vgpu.socket())) {
                vm.loadWell();
                vm.unloadWell();
                // Switching off with the driver loaded suspends the GSP, which unloading does not.
                vm.loadWell();
                vm.powerOffWell();
            }
            gpu.destroy(uuid);
            reader.join();
            checkNames(events);
            checkStory(events);

            try (RecordingReader recording = new RecordingReader(file)) {
                ReplayReport report = gpu.replay(recording);
                assertThat(report.difference()).isNull();
                assertThat(report.complete()).isTrue();
                assertThat(report.accesses()).isGreaterThan(1000);
                assertThat(report.dmaWrites()).isGreaterThan(100);
                assertThat(report.interrupts()).isPositive();
            }
        }
    }

    private static void read(TraceFeed feed, List<TraceEvent> events) {
        while (!feed.isEnded()) {
            TraceEvent event = feed.next(100_000_000);
            while (event != null) {
                events.add(event);
                event = feed.next(0);
            }
        }
        feed.close();
    }

    private static void checkNames(List<TraceEvent> events) {
        assertThat(names(events, TraceEvent.Kind.GAP)).as("lost records").isEmpty();
        assertThat(events.stream()
                        .filter(event -> !event.known())
                        .map(event -> event.kind() + " " + event.name())
                        .distinct())
                .as("things without a name")
                .isEmpty();
        assertThat(events.stream()
                        .filter(event -> event.name().contains("0x") && event.kind() != TraceEvent.Kind.CONFIG)
                        .map(TraceEvent::name)
                        .distinct())
                .as("numbers instead of names")
                .isEmpty();
    }

    /** The steps that every probe has, in their order. */
    private static void checkStory(List<TraceEvent> events) {
        assertThat(events.stream()
                        .filter(event -> event.kind() == TraceEvent.Kind.BOOT)
                        .map(TraceEvent::name)
                        .distinct())
                .containsSubsequence(
                        "FALCON_START", "FWSEC_FRTS", "GSP_START", "BOOTER_LOAD", "GSP_RUNNING", "GSP_UNLOADED");
        assertThat(events.stream()
                        .filter(event -> event.kind() == TraceEvent.Kind.RPC)
                        .map(TraceEvent::name)
                        .distinct())
                .containsSubsequence(
                        "GSP_SET_SYSTEM_INFO",
                        "SET_REGISTRY",
                        "GSP_INIT_DONE",
                        "GET_GSP_STATIC_INFO",
                        "GSP_RM_ALLOC ROOT",
                        "GSP_RM_ALLOC AMPERE_CHANNEL",
                        "UNLOADING_GUEST_DRIVER");
        assertThat(names(events, TraceEvent.Kind.DOORBELL)).contains("GSP.QUEUE_HEAD(0)", "VFN.USER_DOORBELL");
        assertThat(names(events, TraceEvent.Kind.INTERRUPT)).contains("CE0 non-stall", "MSI");
    }

    private static Set<String> names(List<TraceEvent> events, TraceEvent.Kind kind) {
        return events.stream()
                .filter(event -> event.kind() == kind)
                .map(TraceEvent::name)
                .collect(Collectors.toCollection(TreeSet::new));
    }
}
