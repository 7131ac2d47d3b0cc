// SPDX-License-Identifier: Apache-2.0
package io.lamella.host.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NodeRestartTest {
    private static final long ANY = Node.ANY_REVISION;

    @TempDir
    Path state;

    private Node open() {
        return Node.open(NodeConfiguration.of(GpuConfiguration.of("gpu0"), GpuConfiguration.of("gpu1"))
                .withStateDirectory(state));
    }

    @Test
    void comesBackAsItWasWanted() {
        VgpuView web;
        VgpuView idle;
        long lastEvent;
        try (Node node = open()) {
            web = node.create(VgpuDefinition.of("L40-8Q").withName("web").withGpu("gpu1"));
            idle = node.define(VgpuDefinition.of("L40-8Q").withName("idle").withAutostart(false));
            node.create(VgpuDefinition.of("L40-8Q").withName("gone"));
            node.delete("gone", ANY);
            node.setScheduler("gpu0", SchedulerDefinition.of(SchedulingPolicy.EQUAL_SHARE), ANY);
            node.removeGpu("gpu0", ANY);
            lastEvent = node.events(0, 10_000).newestId();
        }
        try (Node node = open()) {
            assertThat(node.view().storeReports()).isEmpty();
            assertThat(node.vgpus()).extracting(VgpuView::name).containsExactly("web", "idle");
            VgpuView again = node.vgpu(web.uuid());
            assertThat(again.definition()).isEqualTo(web.definition());
            assertThat(again.createdAt()).isEqualTo(web.createdAt());
            assertThat(again.status().phase()).isEqualTo(VgpuPhase.RUNNING);
            assertThat(again.revision()).isGreaterThan(lastEvent);
            assertThat(node.vgpu("idle").status().phase()).isEqualTo(VgpuPhase.STOPPED);
            assertThat(node.vgpu("idle").definition()).isEqualTo(idle.definition());
            assertThat(node.gpu("gpu0").phase()).isEqualTo(GpuPhase.REMOVED);
            assertThat(node.gpu("gpu0").scheduler()).isEqualTo(SchedulerDefinition.of(SchedulingPolicy.EQUAL_SHARE));
            // Events go on over the restart, without a gap for who had seen the last one.
            EventPage since = node.events(lastEvent, 10_000);
            assertThat(since.gap()).isFalse();
            assertThat(since.events()).extracting(NodeEvent::kind).contains("node-stopped", "node-started");
            assertThat(node.events(lastEvent + 40_000, 10).gap()).isTrue();
        }
    }

    @Test
    void letsNoSecondNodeUseItsState() {
        try (Node node = open()) {
            NodeException e = catchThrowableOfType(NodeException.class, this::open);
            assertThat(e.code()).isEqualTo(NodeErrorCode.STORE_FAILED);
            assertThat(e).hasMessageContaining("another process");
            assertThat(node.gpus()).hasSize(2);
        }
    }

    @Test
    void goesOnWithoutWhatItCannotReadAndSaysSo() throws IOException {
        String good;
        String bad;
        try (Node node = open()) {
            good = node.define(VgpuDefinition.of("L40-8Q").withName("good")).uuid();
            bad = node.define(VgpuDefinition.of("L40-8Q").withName("bad")).uuid();
        }
        Path file = state.resolve("vgpus").resolve(bad + ".json");
        String text = Files.readString(file);
        for (String spoilt : List.of(
                text.substring(0, text.length() / 2),
                text.replace("\"schema\" : 1", "\"schema\" : 2"),
                text.replace("\"type\" : \"L40-8Q\",", ""),
                "[]",
                "")) {
            Files.writeString(file, spoilt);
            try (Node node = open()) {
                assertThat(node.vgpus()).extracting(VgpuView::uuid).containsExactly(good);
                assertThat(node.view().storeReports())
                        .singleElement()
                        .asString()
                        .contains(bad);
                assertThat(node.events(0, 10_000).events())
                        .extracting(NodeEvent::kind)
                        .contains("store-report");
            }
            assertThat(file).doesNotExist();
        }
        try (var files = Files.list(state.resolve("vgpus"))) {
            assertThat(files.filter(path -> path.toString().contains(".aside-")))
                    .hasSize(5);
        }
    }

    @Test
    void keepsAVgpuWhoseGpuOrTypeIsNoLongerThere() {
        try (Node node = open()) {
            node.define(VgpuDefinition.of("L40-8Q").withName("web").withGpu("gpu1"));
        }
        try (Node node =
                Node.open(NodeConfiguration.of(GpuConfiguration.of("gpu0")).withStateDirectory(state))) {
            assertThat(node.vgpu("web").status().phase()).isEqualTo(VgpuPhase.STOPPED);
            assertThat(node.vgpu("web").status().reason()).contains("no GPU \"gpu1\"");
        }
    }
}
