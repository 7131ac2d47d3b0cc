// SPDX-License-Identifier: Apache-2.0
package io.lamella.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.lamella.core.PciAddress;
import io.lamella.gpu.BoardIdentity;
import io.lamella.gpu.SoftwareGpu;
import io.lamella.host.GpuSettings;
import io.lamella.host.LamellaHost;
import io.lamella.vfiouser.server.ServerListener;
import io.lamella.vfiouser.server.ServerOptions;
import io.lamella.vfiouser.server.VfioUserServer;
import io.lamella.vgpu.VgpuSpec;
import io.lamella.vgpu.type.TypeCatalogue;
import io.lamella.vm.Cache;
import io.lamella.vm.guest.GuestCheck;
import io.lamella.vm.guest.GuestReport;
import io.lamella.vm.guest.KernelProvider;
import io.lamella.vm.qemu.Guest;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The referee on a GB202: nouveau as Debian ships it drives the board itself, which boots by its FSP and has page tables of version 3. */
@Tag("vm")
@Timeout(600)
class BlackwellVmTest {
    private static final String RELEASE = "570.144";
    private static final long SEED = Long.getLong("lamella.seed", System.nanoTime() >>> 20);

    /** A PCI hole of a small VM has no room for the board's own 96 GiB. */
    private static final long FRAME_BUFFER_BYTES = 8L << 30;

    @TempDir
    Path folder;

    @Test
    void theDriverComesUpCopiesAndComesUpAgain() throws Exception {
        try (SoftwareGpu gpu = SoftwareGpu.builder("gb202")
                        .identity(BoardIdentity.RTX_PRO_6000)
                        .frameBufferBytes(FRAME_BUFFER_BYTES)
                        .virtualFunctions(0)
                        .build();
                VfioUserServer server = VfioUserServer.listen(
                        gpu.physicalFunction(), folder.resolve("s"), ServerOptions.DEFAULTS, new ServerListener() {})) {
            assertThat(server.isRunning()).isTrue();
            check("gb202-pf", folder.resolve("s"), 2);
            assertThat(gpu.bootRefusal(0)).isNull();
            assertThat(gpu.channelFaults(0)).isEmpty();
        }
    }

    /** A vGPU of the board is a GB202 with an FSP of its own. */
    @Test
    void theDriverComesUpOnAVgpuAndCopies() throws Exception {
        GpuSettings board = GpuSettings.of(
                "blackwell",
                new PciAddress(0, 9, 0, 0),
                TypeCatalogue.shipped().board("RTX-PRO-6000").orElseThrow());
        try (LamellaHost host = LamellaHost.builder().start()) {
            check("gb202-vgpu", host.addGpu(board).create(VgpuSpec.of("DC-8Q")).socket(), 1);
        }
    }

    private static void check(String name, Path socket, int rounds) throws Exception {
        Guest guest = NouveauGuest.prepare(
                KernelProvider.NEWEST,
                List.of(RELEASE),
                Map.of(GuestCheck.PROGRAM, GuestCheck.program(Cache.ofUser())));
        try (NouveauGuest vm = NouveauGuest.boot(name, guest, socket)) {
            for (int round = 1; round <= rounds; round++) {
                GuestReport.Device device = vm.loadWell();
                assertThat(device.chip()).isEqualTo("GB202");
                assertThat(device.firmwareRelease()).isEqualTo(RELEASE);
                if (round == rounds) {
                    GuestCheck.Result result = GuestCheck.parse(vm.machine
                            .channel()
                            .run(GuestCheck.Mode.COPY.command(SEED), NouveauGuest.DRIVER)
                            .lines());
                    assertThat(result.ok()).as("seed %s: %s", SEED, result).isTrue();
                }
                vm.unloadWell();
            }
            vm.powerOffWell();
        }
    }
}
