// SPDX-License-Identifier: Apache-2.0
package io.lamella.vm.build;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class NovaKernelTest {
    @Test
    void theNewestSourceFromSevenThreeOnIsTaken() {
        assertThat(NovaKernel.newestSource(List.of("linux-source-6.12", "linux-source-7.3", "linux-source-7.2")))
                .contains("linux-source-7.3");
        assertThat(NovaKernel.newestSource(List.of("linux-source-7.9", "linux-source-7.10", "linux-source")))
                .contains("linux-source-7.10");
        assertThat(NovaKernel.newestSource(List.of("linux-source-6.12", "linux-source-7.2", "linux-source-7.3-rt")))
                .isEmpty();
        assertThat(NovaKernel.newestSource(List.of("linux-source-99999.1"))).isEmpty();
    }

    /** Each setting is compared with the kernel's answer as a whole line, so it must be written as the kernel writes it. */
    @Test
    void theConfigurationIsWrittenAsTheKernelWritesIt() throws Exception {
        List<String> lines = new String(Resources.read("nova.config"), StandardCharsets.UTF_8)
                .lines()
                .toList();
        assertThat(lines)
                .allMatch(line -> line.isEmpty()
                        || line.startsWith("# ")
                        || line.matches("CONFIG_[A-Z0-9_]+=(y|[0-9]+|\"[^\" ]*\")"));
        List<String> names = lines.stream()
                .filter(line -> line.startsWith("CONFIG_"))
                .map(line -> line.substring(0, line.indexOf('=')))
                .toList();
        assertThat(names)
                .doesNotHaveDuplicates()
                .contains("CONFIG_NOVA_CORE", "CONFIG_DRM_NOVA", "CONFIG_PCI_IOV", "CONFIG_PCI_MSI", "CONFIG_RUST");
    }

    @Test
    void progressIsReadFromTheBuildsOutput() {
        List<String> lines = List.of(
                "LAMELLA: unpack",
                "LAMELLA: configure",
                "  HOSTCC  scripts/basic/fixdep",
                "Rust is available!",
                "LAMELLA: compile",
                "  RUSTC L rust/core.o",
                "  CC      kernel/fork.o",
                "some compiler's chatter");
        assertThat(BuildLog.state(lines.subList(0, 1), 100).stage()).isEqualTo("unpack kernel");
        assertThat(BuildLog.state(List.of(), 100)).isEqualTo(new BuildLog.State("start kernel", 0));
        assertThat(BuildLog.state(lines, 1150))
                .isEqualTo(new BuildLog.State("compile kernel: step 2 of about 1150 (kernel/fork.o)", 2));
    }

    @Test
    void theReasonOfAFailureIsItsErrorsOrElseItsLastLines() {
        assertThat(BuildLog.reason(List.of(
                        "  CC      a.o", "a.c:1:2: error: no such thing", "make: *** [Makefile:1: a.o] Error 2")))
                .containsExactly("a.c:1:2: error: no such thing", "make: *** [Makefile:1: a.o] Error 2");
        assertThat(BuildLog.reason(List.of("LAMELLA: refused CONFIG_DRM_NOVA=y")))
                .containsExactly("LAMELLA: refused CONFIG_DRM_NOVA=y");
        assertThat(BuildLog.reason(List.of("1", "2", "3", "4", "5", "6"))).containsExactly("2", "3", "4", "5", "6");
    }
}
