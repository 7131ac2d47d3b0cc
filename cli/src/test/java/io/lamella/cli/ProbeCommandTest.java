// SPDX-License-Identifier: Apache-2.0
package io.lamella.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lamella.vm.VmException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class ProbeCommandTest {
    @TempDir
    Path folder;

    private static String refusal(String... arguments) {
        StringWriter said = new StringWriter();
        CommandLine line = Lamella.commandLine().setErr(new PrintWriter(said)).setOut(new PrintWriter(said));
        assertThat(line.execute(arguments)).as(said.toString()).isNotZero();
        return said.toString();
    }

    @Test
    void triesEveryChipOnBothKindsUnlessToldOtherwise() throws VmException {
        List<ProbeTarget> all = ProbeTarget.choose(List.of(), List.of());
        assertThat(all).extracting(ProbeTarget::kind).containsExactly("vgpu", "pf", "vgpu", "pf");
        assertThat(all.getFirst().type()).isEqualTo("L40-8Q");
        assertThat(ProbeTarget.choose(List.of("ad102"), List.of("PF")))
                .singleElement()
                .satisfies(one -> assertThat(one.label()).isEqualTo("NVIDIA L40"));
        assertThatThrownBy(() -> ProbeTarget.choose(List.of("GK104"), List.of()))
                .isInstanceOf(VmException.class)
                .hasMessageContaining("cannot be a GK104; it can be AD102 or GB202");
        assertThatThrownBy(() -> ProbeTarget.choose(List.of(), List.of("vf")))
                .isInstanceOf(VmException.class)
                .hasMessageContaining("there are vgpu and pf");
    }

    @Test
    void saysWhatIsWrongBeforeItBootsAnything() throws Exception {
        Path text = Files.writeString(folder.resolve("bzImage"), "no kernel");
        assertThat(refusal("probe", "--kernel", text.toString())).contains("is no x86 kernel image");
        assertThat(refusal("probe", "--kernel", folder.resolve("gone").toString()))
                .contains("is not there");
        assertThat(refusal("probe", "--driver", "nvidia")).contains("no driver nvidia", "nova_core alone");
        assertThat(refusal("probe", "--modules", folder.toString())).contains("a kernel of your own");
        assertThat(refusal("probe", "--junit", folder.resolve("no/where.xml").toString()))
                .contains("cannot be written");
        assertThat(refusal("probe", "--timeout", "1")).contains("5 to 86400");
        assertThat(refusal("vm", "--modules", folder.toString(), "--run", "true"))
                .contains("--kernel that is a file");
        assertThat(refusal("vm", "--kernel", text.toString(), "--run", "true")).contains("is no x86 kernel image");
    }
}
