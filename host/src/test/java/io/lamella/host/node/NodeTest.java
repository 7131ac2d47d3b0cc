// SPDX-License-Identifier: Apache-2.0
package io.lamella.host.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.lamella.gpu.plugin.PluginFault;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NodeTest {
    private static final long ANY = Node.ANY_REVISION;

    @TempDir
    Path directory;

    private final Node node = Node.open(NodeConfiguration.of(GpuConfiguration.of("gpu0"), GpuConfiguration.of("gpu1")));

    @AfterEach
    void close() {
        node.close();
    }

    private static NodeException refused(ThrowingCallable call) {
        NodeException e = catchThrowableOfType(NodeException.class, call);
        assertThat(e).as("a refusal").isNotNull();
        assertThat(e.sentence()).endsWith(".");
        return e;
    }

    private VgpuDefinition web() {
        return VgpuDefinition.of("L40-8Q").withName("web");
    }

    @Test
    void walksAVgpuThroughItsLife() {
        VgpuView defined = node.define(web());
        assertThat(defined.status().phase()).isEqualTo(VgpuPhase.STOPPED);
        assertThat(defined.definition().gpu()).isEqualTo("any");
        assertThat(defined.definition().autostart()).isTrue();

        VgpuView started = node.start("web", defined.revision());
        assertThat(started.revision()).isGreaterThan(defined.revision());
        assertThat(started.status().phase()).isEqualTo(VgpuPhase.RUNNING);
        assertThat(started.status().gpu()).isEqualTo("gpu0");
        assertThat(Path.of(String.valueOf(started.status().socket()))).exists();
        assertThat(node.start("web", ANY)).isEqualTo(started);

        assertThat(node.reset(defined.uuid(), ANY).status().phase()).isEqualTo(VgpuPhase.RUNNING);
        VgpuView stopped = node.stop("web", ANY);
        assertThat(stopped.status().phase()).isEqualTo(VgpuPhase.STOPPED);
        assertThat(stopped.status().fbSizeBytes()).isZero();
        assertThat(Path.of(String.valueOf(started.status().socket()))).doesNotExist();

        node.delete("web", ANY);
        assertThat(node.vgpus()).isEmpty();
        assertThat(refused(() -> node.vgpu("web")).code()).isEqualTo(NodeErrorCode.UNKNOWN_VGPU);
    }

    @Test
    void refusesWhatDoesNotHold() {
        VgpuView web = node.create(web());
        assertThat(refused(() -> node.stop("web", web.revision() - 1)).category())
                .isEqualTo(NodeErrorCategory.PRECONDITION);
        assertThat(refused(() -> node.define(web())).code()).isEqualTo(NodeErrorCode.NAME_IN_USE);
        assertThat(refused(() -> node.define(web().withName("b").withUuid(web.uuid())))
                        .code())
                .isEqualTo(NodeErrorCode.UUID_IN_USE);
        assertThat(refused(() -> node.update("web", web().withType("L40-4Q"), ANY))
                        .code())
                .isEqualTo(NodeErrorCode.WRONG_STATE);
        NodeException many = refused(() ->
                node.define(new VgpuDefinition("-", "x", "gpu7", "L40-9Q", -1, 99, Map.of("no such", "1"), null)));
        assertThat(many.code()).isEqualTo(NodeErrorCode.INVALID_DEFINITION);
        assertThat(many.problems())
                .extracting(NodeProblem::path)
                .containsExactly("name", "uuid", "gpu", "type", "placementId", "vf", "parameters.\"no such\"");
        assertThat(node.vgpus()).hasSize(1);
    }

    @Test
    void takesTheDefinitionBackIfItDoesNotStart() {
        node.create(web().withGpu("gpu0"));
        NodeException e = refused(
                () -> node.create(VgpuDefinition.of("L40-4Q").withName("small").withGpu("gpu0")));
        assertThat(e.code()).isEqualTo(NodeErrorCode.OTHER_SIZE);
        assertThat(node.vgpus()).extracting(VgpuView::name).containsExactly("web");
        // Any GPU: the other one takes it.
        assertThat(node.create(VgpuDefinition.of("L40-4Q").withName("small"))
                        .status()
                        .gpu())
                .isEqualTo("gpu1");
        NodeException none =
                refused(() -> node.create(VgpuDefinition.of("L40-2Q").withName("tiny")));
        assertThat(none.problems()).extracting(NodeProblem::path).containsExactly("gpus.gpu0", "gpus.gpu1");
    }

    @Test
    void listsWhatIsInQuarantineUntilItIsCleared() {
        node.create(web());
        long free = fbFree();
        node.host().gpu("gpu0").board().inject(PluginFault.SHUTDOWN, true);
        NodeException e = refused(() -> node.delete("web", ANY));
        assertThat(e.code()).isEqualTo(NodeErrorCode.FIRMWARE_FAILED);
        VgpuView web = node.vgpu("web");
        assertThat(web.status().phase()).isEqualTo(VgpuPhase.QUARANTINED);
        assertThat(web.status().reason()).contains("could not be taken back");
        assertThat(refused(() -> node.start("web", ANY)).code()).isEqualTo(NodeErrorCode.WRONG_STATE);
        assertThat(fbFree()).isEqualTo(free);

        node.host().gpu("gpu0").board().inject(PluginFault.SHUTDOWN, false);
        assertThat(node.clearQuarantine("web", web.revision()).status().phase()).isEqualTo(VgpuPhase.STOPPED);
        assertThat(node.events(0, 1000).events())
                .filteredOn(NodeEvent::audit)
                .extracting(NodeEvent::kind)
                .containsExactly("vgpu-defined", "quarantine-cleared");
        assertThat(fbFree()).isGreaterThan(free);
        node.delete("web", ANY);
    }

    private long fbFree() {
        FrameBufferView fb = node.gpu("gpu0").fb();
        return fb == null ? -1 : fb.freeBytes();
    }

    @Test
    void takesAGpuAwayAndBringsItBackWithItsVgpus() {
        VgpuView web = node.create(web().withGpu("gpu0"));
        node.define(web().withName("idle").withGpu("gpu0"));
        GpuView removed = node.removeGpu("gpu0", ANY);
        assertThat(removed.phase()).isEqualTo(GpuPhase.REMOVED);
        assertThat(node.vgpu("web").status().phase()).isEqualTo(VgpuPhase.STOPPED);
        assertThat(node.vgpu("web").status().reason()).contains("removed");
        assertThat(Path.of(String.valueOf(web.status().socket()))).doesNotExist();
        assertThat(refused(() -> node.start("idle", ANY)).code()).isEqualTo(NodeErrorCode.GPU_GONE);

        GpuView added = node.addGpu("gpu0", ANY);
        assertThat(added.phase()).isEqualTo(GpuPhase.RUNNING);
        assertThat(node.vgpu("web").status().phase()).isEqualTo(VgpuPhase.RUNNING);
        assertThat(node.vgpu("idle").status().phase()).isEqualTo(VgpuPhase.STOPPED);
    }

    @Test
    void keepsTheSchedulerOfAGpuThatComesBack() {
        SchedulerDefinition fixed = SchedulerDefinition.of(SchedulingPolicy.FIXED_SHARE);
        assertThat(node.setScheduler("gpu0", fixed, ANY).scheduler()).isEqualTo(fixed);
        node.removeGpu("gpu0", ANY);
        node.addGpu("gpu0", ANY);
        assertThat(node.host().gpu("gpu0").board().engines().policy()).isEqualTo(fixed.toPolicy());
        NodeException e = refused(() -> node.setScheduler(
                "gpu0", new SchedulerDefinition(SchedulingPolicy.EQUAL_SHARE, true, 10, 5, null, null), ANY));
        assertThat(e.problems()).extracting(NodeProblem::path).containsExactly(".frequencyHz", ".sliceMillis");
    }

    @Test
    void listsTheSameTypesHoweverFullTheGpuIs() {
        List<String> before = node.types("gpu0").stream().map(TypeView::name).toList();
        node.create(VgpuDefinition.of("L40-48Q").withGpu("gpu0"));
        List<TypeView> after = node.types("gpu0");
        assertThat(after).extracting(TypeView::name).isEqualTo(before);
        assertThat(after)
                .noneMatch(TypeView::creatable)
                .allMatch(type -> !type.sentence().isEmpty());
    }

    @Test
    void mixesSizesWhereItIsToldToAndSaysWhatWouldFit() {
        assertThat(node.plan("gpu0", List.of("L40-24Q", "L40-8Q")).fits()).isFalse();
        assertThat(node.plan("any", List.of("L40-24Q", "L40-8Q")).items())
                .extracting(PlanView.Item::gpu)
                .containsExactly("gpu0", "gpu1");
        assertThat(node.setMode("gpu0", GpuMode.MIXED, ANY).mode()).isEqualTo(GpuMode.MIXED);
        PlanView plan = node.plan("gpu0", List.of("L40-24Q", "L40-8Q", "L40-16Q"));
        assertThat(plan.fits()).as(plan.toString()).isTrue();
        for (PlanView.Item item : plan.items()) {
            VgpuView view = node.create(VgpuDefinition.of(item.type())
                    .withName(item.type())
                    .withGpu("gpu0")
                    .withPlacementId(item.placementId()));
            assertThat(view.status().placementId()).isEqualTo(item.placementId());
        }
        assertThat(node.placements("gpu0").occupants())
                .extracting(PlacementsView.Occupant::label)
                .containsExactly("L40-24Q", "L40-8Q", "L40-16Q");
        assertThat(refused(() -> node.setMode("gpu0", GpuMode.EQUAL, ANY)).code())
                .isEqualTo(NodeErrorCode.MODE_IN_USE);
        assertThat(refused(() -> node.setScheduler("gpu0", SchedulerDefinition.of(SchedulingPolicy.FIXED_SHARE), ANY))
                        .code())
                .isEqualTo(NodeErrorCode.MODE_IN_USE);
        PlanView full = node.plan("gpu0", List.of("L40-4Q"));
        assertThat(full.fits()).isFalse();
        assertThat(full.suggestions()).isNotEmpty();
    }

    @Test
    void changesSchedulingOfAVgpuThatRunsAndNothingElseOfIt() {
        node.create(web().withParameters(Map.of("weight", "2")));
        VgpuView changed = node.setParameters("web", Map.of("weight", "4", "priority", "high"), ANY);
        assertThat(changed.definition().parameters()).containsEntry("weight", "4");
        NodeException e = refused(() -> node.setParameters("web", Map.of("console", "off"), ANY));
        assertThat(e.code()).isEqualTo(NodeErrorCode.INVALID_DEFINITION);
        assertThat(e.problems()).singleElement().asString().contains("console");
        assertThat(node.vgpu("web").definition()).isEqualTo(changed.definition());
        assertThat(refused(() -> node.setParameters("web", Map.of("weight", "x", "nonsense", "1"), ANY))
                        .problems())
                .extracting(NodeProblem::path)
                .containsExactly("parameters.nonsense", "parameters.weight");
    }

    @Test
    void letsASlowVgpuHoldUpNobodyElse() throws InterruptedException {
        node.host().gpu("gpu0").board().inject(PluginFault.SILENT_BOOT, true);
        node.define(web().withGpu("gpu0"));
        Thread slow = Thread.ofVirtual().start(() -> refused(() -> node.start("web", ANY)));
        while (!"start".equals(node.vgpu("web").status().operation())) {
            Thread.sleep(1);
        }
        long begun = System.nanoTime();
        assertThat(refused(() -> node.stop("web", ANY)).code()).isEqualTo(NodeErrorCode.OPERATION_IN_PROGRESS);
        assertThat(node.vgpu("web").status().phase()).isIn(VgpuPhase.STOPPED, VgpuPhase.STARTING);
        node.create(web().withName("other").withGpu("gpu1"));
        node.host().gpu("gpu0").board().inject(PluginFault.SILENT_BOOT, false);
        node.create(web().withName("beside").withGpu("gpu0"));
        assertThat(node.gpus()).hasSize(2);
        assertThat(node.types("gpu0")).isNotEmpty();
        assertThat(slow.isAlive()).as("still waiting for the firmware task").isTrue();
        assertThat((System.nanoTime() - begun) / 1_000_000).isLessThan(8_000);
        slow.join();
        assertThat(node.vgpu("web").status().reason()).contains("last start failed");
    }

    @Test
    void leavesNothingBehind() {
        node.create(web());
        Path runtime = Path.of(node.view().runtimeDirectory());
        node.close();
        assertThat(Files.exists(runtime)).isFalse();
        assertThat(refused(() -> node.define(web().withName("late"))).code()).isEqualTo(NodeErrorCode.NODE_CLOSED);
    }
}
