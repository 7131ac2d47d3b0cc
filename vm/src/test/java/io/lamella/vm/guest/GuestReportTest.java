// SPDX-License-Identifier: Apache-2.0
package io.lamella.vm.guest;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class GuestReportTest {
    @Test
    void aGoodStartIsRead() {
        GuestReport report = GuestReport.parse("""
                [    2.833055] ACPI: bus type drm_connector registered
                [    7.700001] nouveau 0000:00:04.0: NVIDIA AD102 (192000a1)
                [    7.900001] nouveau 0000:00:04.0: gsp: RM version: 570.144
                [    8.100001] nouveau 0000:00:04.0: bios: version 95.02.18.80.00
                [    8.900001] nouveau 0000:00:04.0: drm: VRAM: 7680 MiB
                [    8.900002] nouveau 0000:00:04.0: drm: GART: 536870912 MiB
                [    9.100001] [drm] Initialized nouveau 1.4.2 for 0000:00:04.0 on minor 0
                """.lines().toList());
        assertThat(report.problems()).isEmpty();
        assertThat(report.devices())
                .containsExactly(
                        new GuestReport.Device("0000:00:04.0", "AD102", "192000a1", "570.144", 7680, true, null));
    }

    @Test
    void olderKernelsPrintADateAndTwoDevicesStayApart() {
        GuestReport report = GuestReport.parse(List.of(
                "[ 1.0] nouveau 0000:00:05.0: NVIDIA AD102 (192000a1)",
                "[ 1.1] nouveau 0000:00:04.0: NVIDIA AD102 (192000a1)",
                "[ 1.2] nouveau 0000:00:04.0: gsp: RM version: 535.113.01",
                "[ 1.3] [drm] Initialized nouveau 1.4.0 20120801 for 0000:00:04.0 on minor 0"));
        assertThat(report.devices())
                .containsExactly(
                        new GuestReport.Device("0000:00:04.0", "AD102", "192000a1", "535.113.01", -1, true, null),
                        new GuestReport.Device("0000:00:05.0", "AD102", "192000a1", null, -1, false, null));
    }

    @Test
    void everyFailureIsListed() {
        GuestReport report = GuestReport.parse("""
                [    1.0] pci 0000:00:1f.0: BAR 13: failed to claim
                [    7.7] nouveau 0000:00:04.0: Direct firmware load for nvidia/ad102/gsp/gsp-570.144.bin failed with error -2
                [    8.0] nouveau 0000:00:04.0: gsp: mbox 00000001 00000000
                [    8.1] ------------[ cut here ]------------
                [    8.1] WARNING: CPU: 0 PID: 90 at drivers/gpu/drm/nouveau/nvkm/subdev/gsp/rm/r535/gsp.c:1 x+0x1/0x2 [nouveau]
                [    8.2] nouveau 0000:00:04.0: timeout
                [    8.3] nouveau 0000:00:04.0: probe with driver nouveau failed with error -110
                [    9.0] watchdog: BUG: soft lockup - CPU#0 stuck for 22s!
                """.lines().toList());
        assertThat(report.problems()).hasSize(7).noneMatch(line -> line.contains("BAR 13"));
        assertThat(report.devices()).singleElement().satisfies(device -> {
            assertThat(device.initialized()).isFalse();
            assertThat(device.chip()).isNull();
        });
    }

    @Test
    void aSecondStartOfTheDriverReplacesTheFirst() {
        GuestReport report = GuestReport.parse(List.of(
                "nouveau 0000:00:04.0: NVIDIA AD102 (192000a1)",
                "[drm] Initialized nouveau 1.4.2 for 0000:00:04.0 on minor 0",
                "nouveau 0000:00:04.0: NVIDIA AD102 (192000a1)"));
        assertThat(report.devices())
                .singleElement()
                .extracting(GuestReport.Device::initialized)
                .isEqualTo(false);
    }

    @Test
    void hugeNumbersAreNotNumbers() {
        GuestReport report = GuestReport.parse(List.of("nouveau 0000:00:04.0: drm: VRAM: 99999999999999999999 MiB"));
        assertThat(report.devices().getFirst().vramMib()).isEqualTo(-1);
    }

    @Test
    void novaIsRead() {
        GuestReport report = GuestReport.parse("""
                <6>[    1.0] nova-core 0000:00:04.0: NVIDIA (Chipset: AD102, Architecture: Ada, Revision: a.1)
                <7>[    1.1] nova-core 0000:00:04.0: SEC2 MBOX0: 0x0, MBOX1: 0x0
                <6>[    1.2] nova-core 0000:00:04.0: GPU name: NVIDIA L40
                <6>[    1.3] [drm] Initialized nova-drm 0.0.0 for nova-core.nova-drm.0 on minor 0
                """.lines().toList());
        assertThat(report.problems()).isEmpty();
        assertThat(report.devices())
                .containsExactly(new GuestReport.Device("0000:00:04.0", "AD102", null, null, -1, true, "NVIDIA L40"));
    }

    @Test
    void novasWarningsAndErrorsAreProblemsWhateverTheirWords() {
        GuestReport report = GuestReport.parse("""
                <6>[    1.0] nova-core 0000:00:04.0: NVIDIA (Chipset: AD102, Architecture: Ada, Revision: a.1)
                <4>[    1.2] nova-core 0000:00:04.0: GPU name unavailable: EINVAL
                <28>[    1.2] nova-core 0000:00:04.0: a warning with a facility
                <6>[    1.3] probe of nova_core.nova-drm.0 failed with error -12
                """.lines().toList());
        assertThat(report.problems()).hasSize(3);
        assertThat(report.devices()).singleElement().satisfies(device -> {
            assertThat(device.initialized()).isFalse();
            assertThat(device.boardName()).isNull();
        });
    }

    @Test
    void twoNovasComeUpInTheOrderOfTheirNames() {
        GuestReport report = GuestReport.parse("""
                nova-core 0000:00:05.0: NVIDIA (Chipset: AD102, Architecture: Ada, Revision: a.1)
                nova-core 0000:00:04.0: NVIDIA (Chipset: AD102, Architecture: Ada, Revision: a.1)
                nova-core 0000:00:05.0: GPU name: NVIDIA L40
                [drm] Initialized nova-drm 0.0.0 for nova-core.nova-drm.0 on minor 0
                nova-core 0000:00:04.0: Booter-load failed with error 0x1
                [drm] Initialized nova-drm 0.0.0 for nova-core.nova-drm.1 on minor 1
                """.lines().toList());
        assertThat(report.devices()).extracting(GuestReport.Device::initialized).containsExactly(false, true);
        assertThat(report.problems()).hasSize(1);
    }
}
