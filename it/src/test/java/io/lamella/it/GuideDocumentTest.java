// SPDX-License-Identifier: Apache-2.0
package io.lamella.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The typist of guides: what it reads, what it takes for the same, and what it says if it is not. */
class GuideDocumentTest {
    @Test
    void readsFilesAndCommandsAndNothingElse() {
        GuideDocument document = GuideDocument.parse("""
                # A guide
                ```yaml a.yaml
                x: 1
                ```
                ```
                $ not typed
                ```
                ```console
                $ one
                out
                $ two \\
                >   more   # ends with 3
                ```
                """.lines().toList());
        assertThat(document.steps())
                .containsExactly(
                        new GuideDocument.Write(2, "a.yaml", "x: 1\n"),
                        new GuideDocument.Type(9, "one", 0, List.of("out")),
                        new GuideDocument.Type(11, "two \\\n  more   # ends with 3", 3, List.of()));
        assertThatThrownBy(() -> GuideDocument.parse(List.of("```console", "$ a")))
                .hasMessageContaining("no end");
        assertThatThrownBy(() -> GuideDocument.parse(List.of("```console", "a", "```")))
                .hasMessageContaining("Line 2 is no command");
    }

    @ParameterizedTest
    @CsvSource({
        "gpu0  L40,gpu0      L40,true",
        "gpu0 L40,gpu0      L40,false",
        "id 7c303c2a-67ca-4a57-8b8e-bf9c404d89f6.,id 00000000-67ca-4a57-8b8e-bf9c404d89f7.,true",
        "id 7c303c2a,id 12345678,true",
        "id 7c303c2a,id 1234567,false",
        "at 10:00:00,at 23:59:59,true",
        "  7%,  38%,true",
        "7 %,38 %,true",
        " 38%,  7%,true",
        "7,8,false",
        "done  0.4 s,done 12.5 s,true",
        "2083535914,2858,true",
        "lost ... gone,lost and gone,true",
        "lost ... gone,lost and found,false",
        "a.c,abc,false",
    })
    void takesForTheSameWhatOnlyVaries(String expected, String came, boolean same) {
        assertThat(ExpectedOutput.pattern(expected).matcher(came).matches()).isEqualTo(same);
    }

    @Test
    void aLineOfDotsStandsForAnyLines() {
        assertThat(ExpectedOutput.difference(List.of("...", "b", "..."), List.of("a", "b")))
                .isEmpty();
        assertThat(ExpectedOutput.difference(List.of("a", "...", "c"), List.of("a", "c", "b", "c")))
                .isEmpty();
        assertThat(ExpectedOutput.difference(List.of(), List.of())).isEmpty();
        assertThat(ExpectedOutput.difference(List.of("..."), List.of())).isEmpty();
        assertThat(ExpectedOutput.difference(List.of("a", "b", "c"), List.of("a", "x", "c")))
                .containsExactly("  a", "- b", "- c", "+ x", "+ c");
        assertThat(ExpectedOutput.difference(List.of(), List.of("a"))).containsExactly("+ a");
    }

    @Test
    void typesAsAPersonDoes(@TempDir Path folder) throws Exception {
        Duration soon = Duration.ofSeconds(20);
        try (TypingShell shell = new TypingShell(folder)) {
            assertThat(shell.type("X='a b'", soon)).isEqualTo(new TypingShell.Ran(0, List.of()));
            assertThat(shell.type("echo \"$X\"; echo it\\'s; false   # ends with 1", soon))
                    .isEqualTo(new TypingShell.Ran(1, List.of("a b", "it's")));
            assertThat(shell.type("cat; sleep 30 & printf 'no end of line'", soon)
                            .lines())
                    .containsExactly("no end of line");
            assertThat(shell.type("kill %1; wait %1", soon).exitCode()).isEqualTo(143);
            assertThatThrownBy(() -> shell.type("echo begun; sleep 30", Duration.ofMillis(500)))
                    .isInstanceOf(TimeoutException.class)
                    .hasMessageContaining("begun");
        }
    }
}
