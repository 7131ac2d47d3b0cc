// SPDX-License-Identifier: Apache-2.0
package io.lamella.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lamella.host.GpuUse;
import io.lamella.host.node.GpuConfiguration;
import io.lamella.host.node.GpuView;
import io.lamella.host.node.Node;
import io.lamella.host.node.NodeConfiguration;
import io.lamella.host.node.VgpuDefinition;
import io.lamella.host.node.VgpuPhase;
import io.lamella.vm.Cache;
import io.lamella.vm.guest.GuestCheck;
import io.lamella.vm.guest.GuestReport;
import io.lamella.vm.guest.KernelProvider;
import io.lamella.vm.qemu.Guest;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A VM gets a whole GPU, drives it as if it were its own, and gives it back; beside it another GPU has vGPUs all the time. */
@Tag("vm")
@Timeout(600)
class PassthroughVmTest {
    private static final long ANY = Node.ANY_REVISION;
    private static final long SEED = 41;

    @Test
    void nouveauDrivesTheWholeGpuAndAfterwardsItIsCutAgain() throws Exception {
        long begun = System.nanoTime();
        Guest prepared = NouveauGuest.prepare(
                KernelProvider.NEWEST,
                List.of("570.144"),
                Map.of(GuestCheck.PROGRAM, GuestCheck.program(Cache.ofUser())));
        try (Node node = Node.open(NodeConfiguration.of(GpuConfiguration.of("gpu0"), GpuConfiguration.of("gpu1")))) {
            node.create(VgpuDefinition.of("L40-8Q").withName("beside").withGpu("gpu1"));
            GpuView whole = node.setUse("gpu0", GpuUse.PASSTHROUGH, ANY);
            Path socket = Path.of(Objects.requireNonNull(whole.socket()));
            try (NouveauGuest vm = NouveauGuest.boot("passthrough", prepared, socket)) {
                assertThat(node.gpu("gpu0").heldBy())
                        .singleElement()
                        .asString()
                        .contains("process " + vm.machine.pid());
                assertThatThrownBy(() -> node.setUse("gpu0", GpuUse.VGPU, ANY))
                        .hasMessageContaining("Switch the VM off");
                // The whole board: its identity and its memory. Its SR-IOV capability QEMU keeps to itself.
                assertThat(vm.run("ls /sys/bus/pci/devices/0000:00:04.0"))
                        .contains("resource1")
                        .doesNotContain("sriov_totalvfs");
                assertThat(vm.run("cat /sys/bus/pci/devices/0000:00:04.0/device"))
                        .containsExactly("0x26b5");
                GuestReport.Device device = vm.loadWell();
                assertThat(device.chip()).isEqualTo("AD102");
                assertThat(device.vramMib()).isBetween(47_000L, 49_152L);
                long checked = System.nanoTime();
                GuestCheck.Result result = GuestCheck.parse(vm.run(GuestCheck.Mode.COPY.command(SEED)));
                assertThat(result.failure()).isEmpty();
                assertThat(result.steps()).hasSizeGreaterThan(3);
                System.out.printf(Locale.ROOT, "check %.1f s%n", (System.nanoTime() - checked) / 1e9);
                vm.unloadWell();
                vm.powerOffWell();
            }
            for (int i = 0; i < 1000 && !node.gpu("gpu0").heldBy().isEmpty(); i++) {
                Thread.sleep(10);
            }
            GpuView back = node.setUse("gpu0", GpuUse.VGPU, ANY);
            assertThat(back.socket()).isNull();
            assertThat(node.create(VgpuDefinition.of("L40-8Q").withName("again").withGpu("gpu0"))
                            .status()
                            .phase())
                    .isEqualTo(VgpuPhase.RUNNING);
            assertThat(node.vgpu("beside").status().phase()).isEqualTo(VgpuPhase.RUNNING);
        }
        System.out.printf(Locale.ROOT, "in all %.1f s%n", (System.nanoTime() - begun) / 1e9);
    }
}
