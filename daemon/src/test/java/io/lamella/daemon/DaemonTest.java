// SPDX-License-Identifier: Apache-2.0
package io.lamella.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lamella.daemon.client.ApiException;
import io.lamella.daemon.client.DaemonClient;
import io.lamella.daemon.client.EventStream;
import io.lamella.daemon.http.Json;
import io.lamella.daemon.operation.Operation;
import io.lamella.host.node.ApplyReport;
import io.lamella.host.node.GpuMode;
import io.lamella.host.node.SchedulerDefinition;
import io.lamella.host.node.SchedulingPolicy;
import io.lamella.host.node.VgpuDefinition;
import io.lamella.host.node.VgpuPhase;
import io.lamella.host.node.VgpuView;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The whole service with software GPUs, through its socket. */
class DaemonTest {
    @TempDir
    static Path folder;

    private static TestDaemon daemon;
    private DaemonClient client;

    @BeforeAll
    static void start() throws Exception {
        daemon = new TestDaemon(folder, 2);
    }

    @AfterAll
    static void stop() {
        daemon.close();
        assertThat(folder.resolve("api.sock")).doesNotExist();
    }

    @BeforeEach
    void connect() {
        client = daemon.client();
    }

    @AfterEach
    void disconnect() {
        client.vgpus().forEach(vgpu -> client.delete(vgpu.uuid(), OptionalLong.empty()));
        client.close();
    }

    @Test
    void socketIsForItsGroup() throws Exception {
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve("api.sock"))))
                .isEqualTo("rw-rw----");
        assertThat(folder).isDirectoryNotContaining("glob:**/.api*");
    }

    @Test
    void saysWhoItIsAndHow() {
        assertThat(client.version().product()).isEqualTo("Lamella");
        assertThat(client.get("/livez", tools.jackson.databind.JsonNode.class)
                        .path("status")
                        .asString())
                .isEqualTo("ok");
        assertThat(client.get("/readyz", tools.jackson.databind.JsonNode.class).toString())
                .contains("\"gpu0\":\"running\"", "\"gpu1\":\"running\"");
        assertThat(client.node().gpuCount()).isEqualTo(2);
    }

    @Test
    void vgpuLivesItsLife() {
        VgpuView defined = client.define(VgpuDefinition.of("L40-8Q").withName("desk"));
        assertThat(defined.status().phase()).isEqualTo(VgpuPhase.STOPPED);
        assertThat(client.vgpu("desk")).isEqualTo(defined);
        VgpuView running = client.start("desk");
        assertThat(running.status().phase()).isEqualTo(VgpuPhase.RUNNING);
        assertThat(Path.of(Objects.requireNonNull(running.status().socket()))).exists();
        assertThat(client.vgpus()).extracting(VgpuView::uuid).containsExactly(defined.uuid());
        assertThat(client.reset("desk").status().phase()).isEqualTo(VgpuPhase.RUNNING);
        assertThat(client.stop("desk").status().phase()).isEqualTo(VgpuPhase.STOPPED);
        client.delete("desk", OptionalLong.empty());
        assertThatThrownBy(() -> client.vgpu("desk")).isInstanceOfSatisfying(ApiException.class, e -> {
            assertThat(e.code()).isEqualTo("unknown-vgpu");
            assertThat(e.problem().status()).isEqualTo(404);
        });
        assertThat(client.operations()).extracting(Operation::kind).contains("start-vgpu", "delete-vgpu");
    }

    @Test
    void refusalsCarryTheNodesWords() {
        assertThatThrownBy(() -> client.create(VgpuDefinition.of("L40-5X")))
                .isInstanceOfSatisfying(ApiException.class, e -> {
                    assertThat(e.code()).isEqualTo("invalid-definition");
                    assertThat(e.problem().status()).isEqualTo(422);
                    assertThat(e.problem().problems().toString()).contains("L40-5X");
                });
        assertThatThrownBy(() -> client.clearQuarantine(
                        client.define(VgpuDefinition.of("L40-8Q")).uuid()))
                .isInstanceOfSatisfying(
                        ApiException.class,
                        e -> assertThat(e.problem().status()).isEqualTo(409));
    }

    @Test
    void putSaysTheSameTwiceAndChangesOnlyWhatWasSeen() {
        String uuid = UUID.randomUUID().toString();
        VgpuDefinition wanted = VgpuDefinition.of("L40-8Q");
        VgpuView first = client.put(uuid, wanted, OptionalLong.empty());
        assertThat(client.put(uuid, wanted, OptionalLong.empty())).isEqualTo(first);
        assertThatThrownBy(() -> client.put(uuid, wanted.withType("L40-12Q"), OptionalLong.empty()))
                .isInstanceOfSatisfying(ApiException.class, e -> {
                    assertThat(e.problem().status()).isEqualTo(428);
                    assertThat(e.getMessage()).contains("\"" + first.revision() + "\"");
                });
        VgpuView second = client.put(uuid, wanted.withType("L40-12Q"), OptionalLong.of(first.revision()));
        assertThat(second.definition().type()).isEqualTo("L40-12Q");
        assertThatThrownBy(() -> client.put(uuid, wanted, OptionalLong.of(first.revision())))
                .isInstanceOfSatisfying(
                        ApiException.class,
                        e -> assertThat(e.problem().status()).isEqualTo(412));
        assertThatThrownBy(() -> client.delete(uuid, OptionalLong.of(first.revision())))
                .isInstanceOfSatisfying(
                        ApiException.class, e -> assertThat(e.code()).isEqualTo("revision-mismatch"));
    }

    @Test
    void gpusAreSet() {
        assertThat(client.gpus()).extracting(gpu -> gpu.name()).containsExactly("gpu0", "gpu1");
        assertThat(client.types("gpu0")).extracting(type -> type.name()).contains("L40-8Q");
        assertThat(client.setMode("gpu1", GpuMode.EQUAL, OptionalLong.empty()).mode())
                .isEqualTo(GpuMode.EQUAL);
        assertThat(client.setScheduler(
                                "gpu1", SchedulerDefinition.of(SchedulingPolicy.EQUAL_SHARE), OptionalLong.empty())
                        .scheduler()
                        .policy())
                .isEqualTo(SchedulingPolicy.EQUAL_SHARE);
        assertThatThrownBy(() -> client.gpu("gpu7"))
                .isInstanceOfSatisfying(
                        ApiException.class, e -> assertThat(e.code()).isEqualTo("unknown-gpu"));
    }

    @Test
    void plansAndShowsPlacements() {
        assertThat(client.plan("any", List.of("L40-24Q", "L40-24Q", "L40-24Q")).fits())
                .isTrue();
        assertThat(client.plan("gpu0", List.of("L40-24Q", "L40-24Q", "L40-24Q")).fits())
                .isFalse();
        client.create(VgpuDefinition.of("L40-24Q").withGpu("gpu0"));
        assertThat(client.placements("gpu0").occupants()).hasSize(1);
    }

    @Test
    void nodeIsMadeAsAFileWants() {
        String empty = client.export();
        assertThat(empty).contains("kind: Node");
        String file = """
                apiVersion: lamella/v1
                kind: Node
                vgpus:
                  - {name: one, type: L40-8Q, gpu: gpu0}
                  - {name: two, type: L40-8Q, gpu: gpu0, state: stopped}
                """;
        assertThat(client.diff(file, false).changes()).isNotEmpty();
        List<Operation> seen = new ArrayList<>();
        ApplyReport report = client.apply(file, false, seen::add);
        assertThat(report.outcome()).isEqualTo(ApplyReport.Outcome.APPLIED);
        assertThat(client.vgpu("one").status().phase()).isEqualTo(VgpuPhase.RUNNING);
        assertThat(client.vgpu("two").status().phase()).isEqualTo(VgpuPhase.STOPPED);
        assertThat(client.apply(file, false, seen::add).outcome()).isEqualTo(ApplyReport.Outcome.UNCHANGED);
        assertThat(client.diff(client.export(), true).changes()).isEmpty();
        assertThatThrownBy(() -> client.apply(file.replace("two", "one"), false, seen::add))
                .isInstanceOfSatisfying(ApiException.class, e -> {
                    assertThat(e.problem().status()).isEqualTo(422);
                    assertThat(e.problem().problems()).isNotEmpty();
                });
        assertThat(client.apply(empty, true, seen::add).outcome()).isEqualTo(ApplyReport.Outcome.APPLIED);
        assertThat(client.vgpus()).isEmpty();
    }

    @Test
    void gpuGoesAndComesBack() {
        client.removeGpu("gpu1");
        assertThat(client.gpu("gpu1").phase().text()).isEqualTo("removed");
        client.addGpu("gpu1");
        assertThat(client.gpu("gpu1").phase().text()).isEqualTo("running");
    }

    @Test
    void watchingSeesEverythingAndResumes() {
        long last;
        List<String> kinds = new ArrayList<>();
        try (EventStream stream = client.watch(OptionalLong.empty(), Map.of())) {
            client.create(VgpuDefinition.of("L40-8Q").withName("seen"));
            last = readUntil(stream, "socket-opened", kinds);
        }
        assertThat(kinds).contains("vgpu-defined", "vgpu-changed", "socket-opened");
        client.delete("seen", OptionalLong.empty());
        kinds.clear();
        try (EventStream stream = client.watch(OptionalLong.of(last), Map.of())) {
            long _ = readUntil(stream, "socket-closed", kinds);
        }
        assertThat(kinds).doesNotContain("socket-opened", "gap");
        try (EventStream stream = client.watch(OptionalLong.of(Long.MAX_VALUE >> 10), Map.of())) {
            assertThat(Objects.requireNonNull(stream.next()).isGap()).isTrue();
        }
    }

    private static long readUntil(EventStream stream, String kind, List<String> kinds) {
        while (true) {
            EventStream.Item item = Objects.requireNonNull(stream.next());
            kinds.add(item.name());
            if (item.name().equals(kind)) {
                assertThat(item.event().sentence()).isNotEmpty();
                return item.id();
            }
        }
    }

    @Test
    void describesItself() {
        String description = client.send("GET", "/v1/openapi.json", null, OptionalLong.empty())
                .text();
        assertThat(Json.read(description.getBytes(java.nio.charset.StandardCharsets.UTF_8))
                        .path("openapi")
                        .asString())
                .isEqualTo("3.1.0");
    }

    @Test
    void saysThatThereIsNoDaemon() {
        assertThatThrownBy(() -> DaemonClient.connect(folder.resolve("none.sock")))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("Start one with: lamella daemon");
    }
}
