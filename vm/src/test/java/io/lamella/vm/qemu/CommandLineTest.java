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
            Path.of("/k/vmlinuz"),
            Path.of("/k/a,b.cpio"),
            2,
            512,
            List.of(),
            List.of(),
            false);

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
                .endsWith(" nouveau.debug=gsp=debug");
    }

    @Test
    void whatCannotBeIsRefused() {
        assertThatThrownBy(() -> SPEC.withSize(0, 512)).hasMessageContaining("1 to 64");
        assertThatThrownBy(() -> SPEC.withSize(1, 64)).hasMessageContaining("256 to 65536");
        assertThatThrownBy(() -> SPEC.withKernelParameters(List.of("a b")))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new VfioUserDevice("vgpu,x=y", Path.of("/s"), 4))
                .hasMessageContaining("device name");
        assertThatThrownBy(() -> new VfioUserDevice("vgpu", Path.of("/s"), 31)).hasMessageContaining("2 to 30");
    }
}
