// SPDX-License-Identifier: Apache-2.0
package io.lamella.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.lamella.gpu.firmware.SyntheticFirmware;
import io.lamella.host.LamellaHost;
import io.lamella.vfio.VfioVgpu;
import io.lamella.vgpu.VgpuSpec;
import io.lamella.vm.Cache;
import io.lamella.vm.guest.GuestCheck;
import io.lamella.vm.guest.KernelProvider;
import io.lamella.vm.qemu.Guest;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Programs in a guest do work on their vGPU through the driver's public interface, and every byte is where it belongs. */
@Tag("vm")
@Timeout(900)
class GuestCheckVmTest {
    private static final long SEED = Long.getLong("lamella.seed", System.nanoTime() >>> 20);

    @ParameterizedTest
    @ValueSource(strings = {KernelProvider.STABLE, KernelProvider.NEWEST})
    void programsCopyMisbehaveAndCopyOn(String kernel) throws Exception {
        Guest guest = NouveauGuest.prepare(
                kernel, SyntheticFirmware.releases(), Map.of(GuestCheck.PROGRAM, GuestCheck.program(Cache.ofUser())));
        try (LamellaHost host = LamellaHost.builder().start()) {
            VfioVgpu vgpu = host.create(VgpuSpec.of("L40-8Q"));
            try (NouveauGuest vm = NouveauGuest.boot("check-" + kernel, guest, vgpu.socket())) {
                vm.loadWell();
                for (GuestCheck.Mode mode : GuestCheck.Mode.values()) {
                    GuestCheck.Result result = check(vm, mode);
                    assertThat(result.ok())
                            .as("%s with seed %s: %s", mode, SEED, result)
                            .isTrue();
                }
                assertThat(check(vm, GuestCheck.Mode.COPY).steps())
                        .extracting(GuestCheck.Step::name)
                        .containsExactly(
                                "gart-vram", "vram-vram", "vram-gart", "lines", "fill", "mapped", "alias", "channels");
                // What the misbehaviour made the driver say is not of interest to the next step.
                vm.machine.takeKernelLog(NouveauGuest.COMMAND);
                vm.unloadWell();
                vm.powerOffWell();
            }
        }
    }

    private static GuestCheck.Result check(NouveauGuest vm, GuestCheck.Mode mode) throws Exception {
        List<String> said = vm.machine
                .channel()
                .run(mode.command(SEED), NouveauGuest.DRIVER)
                .lines();
        return GuestCheck.parse(said);
    }
}
