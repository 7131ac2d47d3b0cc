// SPDX-License-Identifier: Apache-2.0
package io.lamella.host.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.lamella.gpu.plugin.PluginFault;
import io.lamella.host.GpuUse;
import io.lamella.host.node.ApplyReport.Outcome;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class NodeApplyTest {
    private static final long ANY = Node.ANY_REVISION;

    private static void quiet(Change change) {}

    private final Node node = Node.open(NodeConfiguration.of(GpuConfiguration.of("gpu0"), GpuConfiguration.of("gpu1")));

    @AfterEach
    void close() {
        node.close();
    }

    private static NodeFile file(String text) {
        return NodeFileText.parse("apiVersion: lamella/v1\nkind: Node\n" + text).file();
    }

    @Test
    void makesTheNodeAsTheFileSaysInAnOrderThatWorks() {
        node.create(VgpuDefinition.of("L40-48Q").withName("old").withGpu("gpu0"));
        NodeFile wanted = file("""
                gpus:
                  - name: gpu0
                    board: L40
                    frameBufferBytes: 48GiB
                    mode: mixed
                    scheduler: {policy: equal-share, frequencyHz: 120}
                vgpus:
                  - {name: small, type: L40-4Q, gpu: gpu0, parameters: {weight: 3}}
                  - {name: large, type: L40-24Q, gpu: gpu0}
                  - {name: spare, type: L40-8Q, state: stopped}
                """);
        assertThat(node.diff(wanted, false).problems())
                .as("the old one is in the way")
                .isNotEmpty();
        List<ChangeAction> order =
                node.diff(wanted, true).changes().stream().map(Change::action).toList();
        assertThat(order).isSorted();
        assertThat(node.vgpus()).extracting(VgpuView::name).containsExactly("old");

        List<Change> told = new ArrayList<>();
        ApplyReport report = node.apply(wanted, true, told::add);
        assertThat(report.outcome()).as(report.sentence()).isEqualTo(Outcome.APPLIED);
        assertThat(told).extracting(Change::action).isEqualTo(order);
        assertThat(node.vgpus()).extracting(VgpuView::name).containsExactlyInAnyOrder("small", "large", "spare");
        assertThat(node.vgpu("large").status().phase()).isEqualTo(VgpuPhase.RUNNING);
        assertThat(node.vgpu("spare").status().phase()).isEqualTo(VgpuPhase.STOPPED);
        assertThat(node.gpu("gpu0").mode()).isEqualTo(GpuMode.MIXED);
        assertThat(node.apply(wanted, true, NodeApplyTest::quiet).outcome()).isEqualTo(Outcome.UNCHANGED);
    }

    @Test
    void exportsWhatChangesNothingWhenItIsApplied() {
        node.create(VgpuDefinition.of("L40-8Q").withName("web").withParameters(Map.of("weight", "2")));
        node.define(VgpuDefinition.of("L40-4C").withName("on").withAutostart(false));
        node.setScheduler("gpu1", SchedulerDefinition.of(SchedulingPolicy.FIXED_SHARE), ANY);
        String text = NodeFileText.write(node.export());
        NodeFile again = NodeFileText.parse(text).file();
        assertThat(again).isEqualTo(node.export());
        assertThat(node.diff(again, true).changes()).as(text).isEmpty();
        assertThat(node.apply(again, true, NodeApplyTest::quiet).outcome()).isEqualTo(Outcome.UNCHANGED);
    }

    @Test
    void takesEverythingBackWhenAStartFails() {
        node.create(VgpuDefinition.of("L40-8Q").withName("web").withGpu("gpu1"));
        NodeFile before = node.export();
        node.host().gpu("gpu0").board().inject(PluginFault.BOOT, true);
        NodeFile wanted = file("""
                gpus: [{name: gpu0, mode: mixed}]
                vgpus:
                  - {name: web, type: L40-4Q, gpu: gpu1}
                  - {name: new, type: L40-8Q, gpu: gpu0}
                """);
        ApplyReport report = node.apply(wanted, false, NodeApplyTest::quiet);
        assertThat(report.outcome()).as(report.toString()).isEqualTo(Outcome.ROLLED_BACK);
        assertThat(report.failure()).isEqualTo(NodeErrorCode.FIRMWARE_FAILED);
        assertThat(report.steps().getLast().done()).isFalse();
        assertThat(report.rollback())
                .allMatch(ApplyReport.Step::done)
                .hasSize(report.steps().size() - 1);
        assertThat(node.export()).isEqualTo(before);
    }

    @Test
    void saysSoWhenItCannotTakeAllBack() {
        node.create(VgpuDefinition.of("L40-8Q").withName("web").withGpu("gpu0"));
        // Changing the type means to stop and start it; the start fails, and so does starting it as it was.
        NodeFile wanted = file("vgpus: [{name: web, type: L40-4Q, gpu: gpu0}]\n");
        ApplyReport report = node.apply(wanted, false, change -> {
            if (change.action() == ChangeAction.START_VGPU) {
                node.host().gpu("gpu0").board().inject(PluginFault.BOOT, true);
            }
        });
        assertThat(report.outcome()).isEqualTo(Outcome.PARTLY_ROLLED_BACK);
        assertThat(report.rollback())
                .filteredOn(step -> !step.done())
                .singleElement()
                .satisfies(step -> assertThat(step.change().action()).isEqualTo(ChangeAction.STOP_VGPU));
        assertThat(node.vgpu("web").definition().type()).isEqualTo("L40-8Q");
        assertThat(node.vgpu("web").status().reason()).contains("start failed");
    }

    @Test
    void tellsEveryProblemWithItsPathAndLine() {
        NodeException names = invalid("""
                apiVersion: lamella/v1
                kind: Node
                gpu: []
                vgpus:
                  - name: a
                    typ: L40-8Q
                """);
        assertThat(names.problems())
                .extracting(NodeProblem::toString)
                .satisfiesExactly(
                        one -> assertThat(one)
                                .startsWith("gpu: line 3: there is no \"gpu\"; there are apiVersion, gpus"),
                        two -> assertThat(two).startsWith("vgpus[0].typ: line 6: "));
        assertThat(invalid("kind: Node\nvgpus:\n  - {name: a, vf: many}\n").problems())
                .singleElement()
                .asString()
                .startsWith("vgpus[0].vf: line 3, column ");
        assertThat(invalid("vgpus: [\n\n").problems())
                .singleElement()
                .asString()
                .contains("line ");
        assertThat(invalid("a: 1\na: 2\n").problems().toString()).contains("line 2");
        assertThat(invalid("").code()).isEqualTo(NodeErrorCode.INVALID_FILE);
        assertThat(invalid("gpus: [{name: gpu0, frameBufferBytes: 8GB}]")
                        .problems()
                        .toString())
                .contains("8GiB", "gpus[0].frameBufferBytes");

        NodeFileText text = NodeFileText.parse("""
                apiVersion: lamella/v2
                kind: Node
                gpus:
                  - name: gpu9
                  - name: gpu0
                    board: A40
                    mode: mixed
                    scheduler: {policy: fixed-share}
                vgpus:
                  - name: web
                    type: L40-7Q
                  - name: web
                    type: L40-8Q
                """);
        NodeException refused =
                catchThrowableOfType(NodeException.class, () -> node.apply(text.file(), false, NodeApplyTest::quiet));
        assertThat(text.withLines(refused.problems()))
                .extracting(NodeProblem::toString)
                .satisfiesExactly(
                        one -> assertThat(one).startsWith("apiVersion: line 1:"),
                        two -> assertThat(two)
                                .startsWith("gpus[0].name: line 4:")
                                .contains("gpu0, gpu1"),
                        three -> assertThat(three).startsWith("gpus[1].board: line 6:"),
                        four -> assertThat(four).startsWith("gpus[1].scheduler.policy: line 8:"),
                        five -> assertThat(five).startsWith("vgpus[0].type: line 11:"),
                        six -> assertThat(six).startsWith("vgpus[1].name: line 12:"));
        assertThat(node.vgpus()).isEmpty();
    }

    private static NodeException invalid(String text) {
        NodeException e = catchThrowableOfType(NodeException.class, () -> NodeFileText.parse(text));
        assertThat(e.code()).isEqualTo(NodeErrorCode.INVALID_FILE);
        return e;
    }

    /** Whatever the node was and whatever the file says: either it is as the file says, or it is as it was. */
    @Test
    void doesAllOrNothing() {
        long seed = Long.getLong("lamella.seed", System.nanoTime());
        System.out.println("NodeApplyTest seed " + seed + " (-Dlamella.seed=" + seed + ")");
        RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
        warmUp();
        List<Long> free = free();
        int applied = 0;
        int rolledBack = 0;
        int refused = 0;
        for (int round = 0; round < 60; round++) {
            String when = "seed " + seed + ", round " + round;
            NodeFile before = node.export();
            NodeFile wanted = random(random);
            boolean prune = random.nextBoolean();
            int failAt = random.nextInt(3) == 0 ? random.nextInt(6) : -1;
            int[] steps = {0};
            try {
                ApplyReport report = node.apply(wanted, prune, change -> {
                    if (steps[0]++ == failAt) {
                        throw new IllegalStateException("injected");
                    }
                });
                if (report.outcome() == Outcome.ROLLED_BACK) {
                    rolledBack++;
                    assertThat(node.export()).as(when).isEqualTo(before);
                } else {
                    applied++;
                    assertThat(report.outcome()).as(when).isIn(Outcome.APPLIED, Outcome.UNCHANGED);
                    DiffView left = node.diff(wanted, prune);
                    assertThat(left.changes()).as(when).isEmpty();
                    assertThat(left.problems()).as(when).isEmpty();
                }
            } catch (NodeException e) {
                refused++;
                assertThat(e.problems()).as(when + e).isNotEmpty();
                assertThat(steps[0]).as(when).isZero();
                assertThat(node.export()).as(when).isEqualTo(before);
            }
            assertThat(node.vgpus()).as(when).noneMatch(vgpu -> vgpu.status().phase() == VgpuPhase.QUARANTINED);
        }
        System.out.println("applied " + applied + ", rolled back " + rolledBack + ", refused " + refused);
        assertThat(applied).isGreaterThan(5);
        node.vgpus().forEach(vgpu -> node.delete(vgpu.uuid(), ANY));
        node.gpus().forEach(gpu -> node.setUse(gpu.name(), GpuUse.VGPU, ANY));
        warmUp();
        assertThat(free()).as("free frame buffer, seed " + seed).isEqualTo(free);
    }

    /** The first vGPU of a GPU has page tables made for the host's aperture, which stay for the next. */
    private void warmUp() {
        for (GpuView gpu : node.gpus()) {
            node.create(VgpuDefinition.of("L40-8Q").withName("first").withGpu(gpu.name()));
            node.delete("first", ANY);
        }
    }

    private List<Long> free() {
        return node.gpus().stream()
                .map(gpu -> Objects.requireNonNull(gpu.fb()).freeBytes())
                .toList();
    }

    private static NodeFile random(RandomGenerator random) {
        List<NodeFile.Gpu> gpus = new ArrayList<>();
        for (String name : List.of("gpu0", "gpu1")) {
            if (random.nextInt(3) == 0) {
                gpus.add(new NodeFile.Gpu(
                        name,
                        random.nextInt(20) == 0 ? "A40" : null,
                        null,
                        random.nextInt(4) == 0 ? one(random, GpuUse.VGPU, GpuUse.VGPU, GpuUse.PASSTHROUGH) : null,
                        one(random, GpuMode.EQUAL, GpuMode.MIXED, null),
                        random.nextBoolean() ? null : SchedulerDefinition.of(one(random, SchedulingPolicy.values())),
                        random.nextInt(4) == 0 ? one(random, -1, 3, 32) : null,
                        random.nextInt(20) == 0 ? "native:/other" : null));
            }
        }
        List<NodeFile.Vgpu> vgpus = new ArrayList<>();
        for (String name : List.of("a", "b", "c", "d", "e")) {
            if (random.nextInt(5) < 3) {
                vgpus.add(new NodeFile.Vgpu(
                        name,
                        null,
                        one(random, null, "any", "gpu0", "gpu1"),
                        random.nextInt(3) > 0 ? "L40-8Q" : one(random, "L40-4Q", "L40-16Q", "L40-24Q", "L40-8C"),
                        random.nextInt(8) == 0 ? one(random, 0, 16, 24) : null,
                        random.nextInt(10) == 0 ? random.nextInt(4) : null,
                        one(random, null, Map.of("weight", "2"), Map.of("console", "off")),
                        one(random, null, true, false),
                        one(random, null, WantedState.RUNNING, WantedState.RUNNING, WantedState.STOPPED)));
            }
        }
        return NodeFile.of(gpus, vgpus);
    }

    @SafeVarargs
    @SuppressWarnings("varargs")
    private static <T extends @Nullable Object> T one(RandomGenerator random, T... values) {
        return values[random.nextInt(values.length)];
    }
}
