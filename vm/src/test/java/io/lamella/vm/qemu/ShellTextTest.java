// SPDX-License-Identifier: Apache-2.0
package io.lamella.vm.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class ShellTextTest {
    @Test
    void aShellReadsBackWhatWasMeant() throws Exception {
        List<String> words = List.of(
                "A_B=x y'z",
                "printf",
                "%s|",
                "plain",
                "",
                "it's",
                "a b",
                "$HOME",
                "{\"a\":\"b,c\"}",
                "x=1",
                "new\nline");
        Process shell = new ProcessBuilder("/bin/sh", "-c", ShellText.lines(words) + "printf %s \"$A_B\"").start();
        String said = new String(shell.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(shell.waitFor()).isZero();
        assertThat(said).isEqualTo("plain||it's|a b|$HOME|{\"a\":\"b,c\"}|x=1|new\nline|");
    }

    @Test
    void oneArgumentOnEachLine() {
        assertThat(ShellText.lines(List.of("qemu", "-m", "a b"))).isEqualTo("qemu \\\n  -m \\\n  'a b'\n");
    }
}
