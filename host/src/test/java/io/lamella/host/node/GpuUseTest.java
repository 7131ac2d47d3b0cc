// SPDX-License-Identifier: Apache-2.0
package io.lamella.host.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.lamella.core.CoreError;
import io.lamella.core.CoreException;
import io.lamella.drm.BufferObject;
import io.lamella.drm.RenderFile;
import io.lamella.drm.RenderLimits;
import io.lamella.gpu.SoftwareGpu;
import io.lamella.gpu.plugin.PluginFault;
import io.lamella.host.DrmGpu;
import io.lamella.host.GpuUse;
import io.lamella.host.GpuUser;
import io.lamella.host.node.UseChanges.Verdict;
import io.lamella.vfiouser.client.VfioUserClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.locks.LockSupport;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class GpuUseTest {
    private static final long ANY = Node.ANY_REVISION;
    private static final int CONFIG_REGION = 7;
    private static final int BAR1_REGION = 1;
    private static final int MEMORY_AND_BUS_MASTER = 6;

    @TempDir
    Path state;

    private Node node;

    @BeforeEach
    void start() {
        node = open();
    }

    private Node open() {
        return Node.open(NodeConfiguration.of(GpuConfiguration.of("gpu0"), GpuConfiguration.of("gpu1"))
                .withStateDirectory(state));
    }

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

    @ParameterizedTest
    @EnumSource(GpuPhase.class)
    void hasAVerdictForEveryPairInEveryPhase(GpuPhase phase) {
        for (GpuUse from : GpuUse.values()) {
            for (GpuUse to : GpuUse.values()) {
                Verdict expected = switch (phase) {
                    case STARTING, REMOVING -> Verdict.REFUSE;
                    case RUNNING, LOST, FAILED, REMOVED -> {
                        if (from == to) {
                            yield Verdict.NOTHING_TO_DO;
                        }
                        yield phase == GpuPhase.REMOVED
                                ? Verdict.KEEP
                                : phase == GpuPhase.FAILED ? Verdict.OPEN : Verdict.CHANGE_WHEN_IDLE;
                    }
                };
                assertThat(UseChanges.of(phase, from, to))
                        .as("%s: %s to %s", phase, from, to)
                        .isEqualTo(expected);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "VGPU,VGPU",
        "VGPU,DRM",
        "VGPU,PASSTHROUGH",
        "DRM,VGPU",
        "DRM,DRM",
        "DRM,PASSTHROUGH",
        "PASSTHROUGH,VGPU",
        "PASSTHROUGH,DRM",
        "PASSTHROUGH,PASSTHROUGH"
    })
    void goesFromEveryUseToEveryOther(GpuUse from, GpuUse to) {
        node.setUse("gpu0", from, ANY);
        GpuView before = node.gpu("gpu0");
        GpuView after = node.setUse("gpu0", to, before.revision());
        assertThat(after.use()).isEqualTo(to);
        assertThat(after.phase()).isEqualTo(GpuPhase.RUNNING);
        assertThat(after.uuid()).as("the same board").isEqualTo(before.uuid());
        assertThat(after.heldBy()).isEmpty();
        assertThat(after.revision() > before.revision()).isEqualTo(from != to);
        assertUsable("gpu0", to);
    }

    private void assertUsable(String gpu, GpuUse use) {
        switch (use) {
            case VGPU -> {
                node.create(VgpuDefinition.of("L40-8Q").withName("probe-" + gpu).withGpu(gpu));
                node.delete("probe-" + gpu, ANY);
                assertThat(node.gpu(gpu).socket()).isNull();
            }
            case PASSTHROUGH -> {
                assertThat(readId(gpu)).isEqualTo(0x26b5_10deL);
                NodeException no = refused(() ->
                        node.create(VgpuDefinition.of("L40-8Q").withName("no").withGpu(gpu)));
                assertThat(no.code()).isEqualTo(NodeErrorCode.OTHER_USE);
                assertThat(no.sentence()).contains("is for passthrough");
                assertThat(node.host().gpus()).noneMatch(one -> one.name().equals(gpu));
            }
            case DRM -> {
                assertThat(node.gpu(gpu).firmwareRelease()).isEqualTo("570.144");
                assertThat(node.gpu(gpu).socket()).isNull();
                try (RenderFile file = drm(gpu).device().openFile("probe", RenderLimits.DEFAULT)) {
                    assertThat(file.createBuffer(BufferObject.Placement.VRAM, 1 << 20)
                                    .sizeBytes())
                            .isEqualTo(1 << 20);
                    assertThat(node.gpu(gpu).heldBy()).containsExactly("the render file probe");
                }
                assertThat(refused(() -> node.create(VgpuDefinition.of("L40-8Q")
                                        .withName("no")
                                        .withGpu(gpu)))
                                .code())
                        .isEqualTo(NodeErrorCode.OTHER_USE);
            }
        }
    }

    private Path socket(String gpu) {
        return Path.of(Objects.requireNonNull(node.gpu(gpu).socket()));
    }

    private long readId(String gpu) {
        long id;
        try (VfioUserClient vm = VfioUserClient.connect(socket(gpu), 10_000)) {
            id = vm.readRegion(CONFIG_REGION, 0, 4);
        }
        awaitNobody(gpu);
        return id;
    }

    @Test
    void namesTheVgpusThatHoldAGpu() {
        node.create(VgpuDefinition.of("L40-8Q").withName("web").withGpu("gpu0"));
        node.create(VgpuDefinition.of("L40-8Q").withName("db").withGpu("gpu0"));
        NodeException no = refused(() -> node.setUse("gpu0", GpuUse.PASSTHROUGH, ANY));
        assertThat(no.code()).isEqualTo(NodeErrorCode.GPU_IN_USE);
        assertThat(no.category()).isEqualTo(NodeErrorCategory.CONFLICT);
        assertThat(no.sentence()).contains("vGPU web (L40-8Q), vGPU db (L40-8Q)");
        assertThat(no.problems()).hasSize(2);
        assertThat(node.gpu("gpu0").use()).isEqualTo(GpuUse.VGPU);
        assertThat(node.vgpu("web").status().phase()).isEqualTo(VgpuPhase.RUNNING);
        node.stop("web", ANY);
        node.stop("db", ANY);
        assertThat(node.setUse("gpu0", GpuUse.PASSTHROUGH, ANY).use()).isEqualTo(GpuUse.PASSTHROUGH);
        // Defined vGPUs stay defined; they start again when the GPU is theirs.
        assertThat(refused(() -> node.start("web", ANY)).sentence()).contains("gpu mode gpu0 vgpu");
        node.setUse("gpu0", GpuUse.VGPU, ANY);
        assertThat(node.start("web", ANY).status().phase()).isEqualTo(VgpuPhase.RUNNING);
    }

    @Test
    void isHeldByQuarantineToo() {
        SoftwareGpu board = node.host().gpus().getFirst().board();
        board.inject(PluginFault.SHUTDOWN, true);
        node.define(VgpuDefinition.of("L40-8Q").withName("stuck").withGpu("gpu0"));
        node.start("stuck", ANY);
        refused(() -> node.stop("stuck", ANY));
        assertThat(refused(() -> node.setUse("gpu0", GpuUse.PASSTHROUGH, ANY)).sentence())
                .contains("stuck", "in quarantine");
    }

    @Test
    void saysWhichProcessHasTheWholeGpuAndClearsWhatItLeft() {
        node.setUse("gpu0", GpuUse.PASSTHROUGH, ANY);
        SoftwareGpu board = board("gpu0");
        try (VfioUserClient vm = VfioUserClient.connect(socket("gpu0"), 10_000)) {
            vm.writeRegion(CONFIG_REGION, 4, 2, MEMORY_AND_BUS_MASTER);
            vm.writeRegion(BAR1_REGION, 0x1000, 8, 0x5ec2e7);
            assertThat(vm.readRegion(BAR1_REGION, 0x1000, 8)).isEqualTo(0x5ec2e7);
            assertThat(board.frameBuffer().whole().readLong(0x1000)).isEqualTo(0x5ec2e7);
            long pid = ProcessHandle.current().pid();
            assertThat(node.gpu("gpu0").heldBy()).singleElement().asString().contains("process " + pid);
            NodeException no = refused(() -> node.setUse("gpu0", GpuUse.VGPU, ANY));
            assertThat(no.code()).isEqualTo(NodeErrorCode.GPU_IN_USE);
            assertThat(no.sentence()).contains("process " + pid, socket("gpu0").toString(), "Switch the VM off");
            NodeFile file = NodeFile.of(
                    List.of(new NodeFile.Gpu("gpu0", null, null, GpuUse.VGPU, null, null, null, null)), List.of());
            assertThat(node.diff(file, false).problems())
                    .singleElement()
                    .satisfies(problem -> assertThat(problem.path()).isEqualTo("gpus[0].use"));
            assertThat(vm.readRegion(CONFIG_REGION, 0, 4)).as("still there").isEqualTo(0x26b5_10deL);
        }
        awaitNobody("gpu0");
        assertThat(board.frameBuffer().whole().readLong(0x1000)).isZero();
        try (VfioUserClient next = VfioUserClient.connect(socket("gpu0"), 10_000)) {
            assertThat(next.readRegion(CONFIG_REGION, 4, 2) & MEMORY_AND_BUS_MASTER)
                    .isZero();
        }
        awaitNobody("gpu0");
        assertThat(node.events(0, 10_000).events())
                .extracting(NodeEvent::kind)
                .contains("gpu-use-set", "gpu-socket-opened", "gpu-client-attached", "gpu-client-gone");
        node.setUse("gpu0", GpuUse.VGPU, ANY);
        assertUsable("gpu0", GpuUse.VGPU);
    }

    private SoftwareGpu board(String gpu) {
        return node.host().users().stream()
                .filter(user -> user.name().equals(gpu))
                .map(GpuUser::board)
                .findFirst()
                .orElseThrow();
    }

    private void awaitNobody(String gpu) {
        for (int i = 0; i < 1000 && !node.gpu(gpu).heldBy().isEmpty(); i++) {
            LockSupport.parkNanos(10_000_000);
        }
        assertThat(node.gpu(gpu).heldBy()).isEmpty();
    }

    @Test
    void leavesOtherGpusAlone() {
        VgpuView web = node.create(VgpuDefinition.of("L40-8Q").withName("web").withGpu("gpu1"));
        try (VfioUserClient vm = VfioUserClient.connect(
                Path.of(Objects.requireNonNull(web.status().socket())), 10_000)) {
            long begun = node.events(0, 10_000).newestId();
            long revision = node.vgpu("web").revision();
            node.setUse("gpu0", GpuUse.PASSTHROUGH, ANY);
            assertThat(readId("gpu0")).isEqualTo(0x26b5_10deL);
            assertThat(vm.readRegion(CONFIG_REGION, 0, 4) & 0xffff).isEqualTo(0x10de);
            node.removeGpu("gpu0", ANY);
            node.addGpu("gpu0", ANY);
            assertThat(node.gpu("gpu0").use()).isEqualTo(GpuUse.PASSTHROUGH);
            assertThat(vm.readRegion(CONFIG_REGION, 0, 4) & 0xffff).isEqualTo(0x10de);
            assertThat(node.vgpu("web").status().attached()).isTrue();
            assertThat(node.vgpu("web").revision()).isGreaterThanOrEqualTo(revision);
            assertThat(node.events(begun, 10_000).events())
                    .filteredOn(event ->
                            !"web".equals(event.vgpuName()) || !event.kind().equals("client-attached"))
                    .allMatch(event -> "gpu0".equals(event.gpu()));
        }
    }

    @Test
    void namesTheRenderFilesThatHoldAGpu() {
        node.setUse("gpu0", GpuUse.DRM, ANY);
        DrmGpu gpu = drm("gpu0");
        RenderFile first = gpu.device().openFile("compositor", RenderLimits.DEFAULT);
        RenderFile second = gpu.device().openFile("encoder", RenderLimits.DEFAULT);
        NodeException no = refused(() -> node.setUse("gpu0", GpuUse.VGPU, ANY));
        assertThat(no.code()).isEqualTo(NodeErrorCode.GPU_IN_USE);
        assertThat(no.sentence()).contains("the render file compositor, the render file encoder", "Close them");
        first.close();
        second.close();
        assertThat(node.setUse("gpu0", GpuUse.VGPU, ANY).use()).isEqualTo(GpuUse.VGPU);
        // What a program still has of the old use is closed, not shared.
        CoreException late =
                catchThrowableOfType(CoreException.class, () -> gpu.device().openFile("late", RenderLimits.DEFAULT));
        assertThat(late.error()).isEqualTo(CoreError.CLOSED);
    }

    private DrmGpu drm(String gpu) {
        return (DrmGpu) node.host().users().stream()
                .filter(user -> user.name().equals(gpu))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void remembersTheUseAndAppliesItFromAFile() {
        VgpuView web = node.define(VgpuDefinition.of("L40-8Q").withName("web").withGpu("gpu0"));
        NodeFile whole = NodeFile.of(
                List.of(new NodeFile.Gpu("gpu0", null, null, GpuUse.PASSTHROUGH, null, null, null, null)), List.of());
        assertThat(node.apply(whole, false, change -> {}).outcome()).isEqualTo(ApplyReport.Outcome.APPLIED);
        assertThat(node.diff(whole, false).changes()).isEmpty();
        assertThat(NodeFileText.write(node.export())).contains("use: passthrough");
        Path before = socket("gpu0");
        node.close();
        assertThat(Files.exists(before)).isFalse();

        node = open();
        assertThat(node.gpu("gpu0").use()).isEqualTo(GpuUse.PASSTHROUGH);
        assertThat(readId("gpu0")).isEqualTo(0x26b5_10deL);
        assertThat(node.vgpu("web").status().phase()).isEqualTo(VgpuPhase.STOPPED);
        // Together with a vGPU that is to run there.
        NodeFile back = NodeFile.of(
                List.of(new NodeFile.Gpu("gpu0", null, null, GpuUse.VGPU, null, null, null, null)),
                List.of(new NodeFile.Vgpu("web", null, "gpu0", "L40-8Q", null, null, null, null, WantedState.RUNNING)));
        assertThat(node.apply(back, false, change -> {}).outcome()).isEqualTo(ApplyReport.Outcome.APPLIED);
        assertThat(node.vgpu(web.uuid()).status().phase()).isEqualTo(VgpuPhase.RUNNING);
        // And one that contradicts itself.
        NodeFile both = NodeFile.of(
                List.of(new NodeFile.Gpu("gpu0", null, null, GpuUse.PASSTHROUGH, null, null, null, null)),
                List.of(new NodeFile.Vgpu("web", null, "gpu0", "L40-8Q", null, null, null, null, WantedState.RUNNING)));
        assertThat(refused(() -> node.apply(both, false, change -> {})).sentence())
                .contains("is for passthrough then");
    }

    @Test
    void keepsAWishForAGpuThatIsAway() {
        node.removeGpu("gpu1", ANY);
        assertThat(node.setUse("gpu1", GpuUse.PASSTHROUGH, ANY).phase()).isEqualTo(GpuPhase.REMOVED);
        assertThat(node.addGpu("gpu1", ANY).socket()).isNotNull();
    }
}
