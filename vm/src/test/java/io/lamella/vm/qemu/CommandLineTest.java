// SPDX-License-Identifier: Apache-2.0
package io.lamella.vm.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CommandLineTest {
    private static final MachineSpec SPEC = new MachineSpec(
            "one",
            new Qemu(List.of("/q/qemu"), Map.of(), "11.1.3", "test"),
            Accelerator.TCG,
            new Boot.OwnGuest(Path.of("/k/vmlinuz"), Path.of("/k/a,b.cpio"), List.of()),
            2,
            512,
            List.of(),
            List.of(),
            Network.NONE,
            false,
            false);

    @Test
    void theIommuComesBeforeTheDevicesBehindIt() {
        MachineSpec behind = SPEC.withDevices(List.of(new VfioUserDevice("pf", Path.of("/s/pf.sock"), 4)))
                .withIommu();
        assertThat(command(behind)).contains("q35,memory-backend=mem0,kernel-irqchip=split");
        assertThat(String.join(" ", command(behind)))
                .contains("-device intel-iommu,caching-mode=on,intremap=on -device {\"driver\":\"vfio-user-pci\"");
        assertThat(command(SPEC)).noneMatch(word -> word.contains("iommu") || word.contains("irqchip"));
    }

    private static List<String> command(MachineSpec spec) {
        return CommandLine.of(spec, Path.of("/run/x"), Path.of("/log,s/one.log"));
    }

    @Test
    void guestMemoryIsSharedAndDevicesAreJson() {
        List<String> command = command(SPEC.withDevices(List.of(
                new VfioUserDevice("vgpu0", Path.of("/run/a\"b.sock"), 4),
                new VfioUserDevice("vgpu1", Path.of("/run/c.sock"), 5))));
        assertThat(command)
                .containsSequence("-machine", "q35,memory-backend=mem0")
                .containsSequence("-object", "memory-backend-memfd,id=mem0,share=on,size=512M")
                .containsSequence("-accel", "tcg,thread=multi", "-cpu", "max")
                .containsSequence("-initrd", "/k/a,,b.cpio")
                .contains("{\"driver\":\"vfio-user-pci\",\"id\":\"vgpu1\",\"addr\":\"05.0\","
                        + "\"socket\":{\"path\":\"/run/c.sock\",\"type\":\"unix\"}}")
                .anyMatch(word -> word.contains("a\\\"b.sock"));
    }

    @Test
    void theHostDrivesOneKindAndTheUserTheOther() {
        assertThat(command(SPEC)).anyMatch(word -> word.contains("path=/run/x/commands"));
        assertThat(command(SPEC.withTerminal()))
                .noneMatch(word -> word.contains("/run/x/commands"))
                .anyMatch(word -> word.contains("logfile=/log,,s/one.log"))
                .anyMatch(word -> word.contains("lamella.interactive"));
        assertThat(command(SPEC.withKernelParameters(List.of("nouveau.debug=gsp=debug")))
                        .getLast())
                .contains(" no_timer_check ")
                .endsWith(" nouveau.debug=gsp=debug");
    }

    @Test
    void disksAreVirtioWithTheirFormatSaid() {
        List<String> command = command(SPEC.withDisks(List.of(
                new Disk(Path.of("/d/a,b.qcow2"), DiskFormat.QCOW2, false),
                new Disk(Path.of("/d/b.img"), DiskFormat.RAW, true),
                new Disk(Path.of("/dev/sdx"), DiskFormat.RAW, false))));
        assertThat(command)
                .containsSequence(
                        "-blockdev",
                        "{\"driver\":\"qcow2\",\"node-name\":\"disk0\",\"read-only\":false,"
                                + "\"file\":{\"driver\":\"file\",\"filename\":\"/d/a,b.qcow2\"}}",
                        "-device",
                        "{\"driver\":\"virtio-blk-pci\",\"id\":\"virtio-disk0\",\"drive\":\"disk0\","
                                + "\"serial\":\"disk0\",\"bootindex\":1,\"addr\":\"10.0\"}")
                .anyMatch(word -> word.startsWith("{\"driver\":\"raw\",\"node-name\":\"disk1\",\"read-only\":true"))
                .anyMatch(word -> word.contains("\"driver\":\"host_device\",\"filename\":\"/dev/sdx\""));
    }

    @Test
    void theNetworkIsOffUnlessAskedFor() {
        assertThat(command(SPEC)).doesNotContain("-netdev");
        assertThat(command(SPEC.withNetwork(Network.USER))).containsSequence("-netdev", "user,id=net0");
    }

    @Test
    void theUsersKernelGetsTheUsersWordsAlone() {
        MachineSpec spec = MachineSpec.of(
                "own",
                SPEC.qemu(),
                Accelerator.KVM,
                new Boot.Kernel(Path.of("/k"), java.util.Optional.empty(), "root=/dev/vda1 quiet"));
        assertThat(command(spec))
                .containsSequence("-kernel", "/k", "-append", "root=/dev/vda1 quiet")
                .doesNotContain("-initrd")
                .noneMatch(word -> word.contains("/run/x/commands"));
        assertThat(spec.takesCommands()).isFalse();
        assertThatThrownBy(() -> spec.withKernelParameters(List.of("a"))).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void firmwareSpeaksOnTheSerialPort() {
        MachineSpec spec = MachineSpec.of(
                "disk", SPEC.qemu(), Accelerator.TCG, new Boot.Firmware(java.util.Optional.of(Path.of("/f/OVMF.fd"))));
        assertThat(command(spec))
                .contains("q35,graphics=off,memory-backend=mem0")
                .containsSequence("-bios", "/f/OVMF.fd")
                .doesNotContain("-kernel", "-append");
    }

    @Test
    void peopleGetTheMachineWithoutOurControlSockets() {
        List<String> words = CommandLine.forPeople(SPEC);
        assertThat(words).noneMatch(word -> word.contains("qmp") || word.contains("pdeathsig"));
        assertThat(words).contains("stdio,id=console,mux=on,signal=off");
    }

    @Test
    void whatCannotBeIsRefused() {
        assertThatThrownBy(() -> SPEC.withSize(0, 512)).hasMessageContaining("1 to 255");
        assertThatThrownBy(() -> SPEC.withSize(1, 64)).hasMessageContaining("256 to 4194304");
        assertThatThrownBy(() -> SPEC.withKernelParameters(List.of("a b")))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new VfioUserDevice("vgpu,x=y", Path.of("/s"), 4))
                .hasMessageContaining("device name");
        assertThatThrownBy(() -> new VfioUserDevice("vgpu", Path.of("/s"), 31)).hasMessageContaining("2 to 30");
    }
}
