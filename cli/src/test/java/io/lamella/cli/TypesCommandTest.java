// SPDX-License-Identifier: Apache-2.0
package io.lamella.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class TypesCommandTest {
    private final StringWriter err = new StringWriter();

    private String run(int expected, String... arguments) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        PrintStream before = System.out;
        System.setOut(new PrintStream(bytes, true, StandardCharsets.UTF_8));
        try {
            CommandLine line = new CommandLine(new TypesCommand());
            line.setErr(new PrintWriter(err, true));
            assertThat(line.execute(arguments)).isEqualTo(expected);
        } finally {
            System.setOut(before);
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @ValueSource(strings = {"L40", "L40S", "A40", "RTX6000-Ada"})
    void aBoardsTypesFitTheTerminal(String board) {
        String text = run(ExitCode.OK, "--board", board);
        assertThat(text.lines()).hasSizeGreaterThan(28).allMatch(line -> line.length() <= 80);
        assertThat(text).contains(board + "-8Q");
    }

    @Test
    void theBlackwellBoardHasItsOwnNames() {
        String text = run(ExitCode.OK, "--board", "RTX PRO 6000");
        assertThat(text.lines()).allMatch(line -> line.length() <= 80);
        assertThat(text.lines().filter(line -> line.startsWith("DC-"))).hasSize(17);
        assertThat(run(ExitCode.OK, "--board", "RTX-PRO-6000", "--mixed", "--with", "DC-48Q,DC-24Q,DC-8C"))
                .contains("mixed-size mode");
    }

    @Test
    void whatIsThereLeavesWhatIsCreatable() {
        String text = run(ExitCode.OK, "--board", "L40", "--with", "L40-8Q,L40-8C");
        assertThat(text).contains("AAAAAAAABBBBBBBB.....");
        assertThat(text).containsPattern("L40-8A +8 +4 +16 24 32 40");
        assertThat(text).containsPattern("L40-4Q +4 +0 +L40-4Q is of another size");
        assertThat(text.lines().filter(line -> line.startsWith("L40-"))).hasSize(29);
    }

    @Test
    void whatDoesNotFitIsSaidWithWhatWouldHelp() {
        run(ExitCode.USAGE, "--board", "L40", "--with", "L40-24Q", "--with", "L40-8Q");
        assertThat(err.toString()).contains("1 of 2 fit in equal-size mode. In mixed-size mode they fit");
        assertThat(run(ExitCode.OK, "--board", "L40", "--mixed", "--with", "L40-24Q", "--with", "L40-8Q"))
                .contains("mixed-size mode");
    }

    @Test
    void aFileIsCheckedAsAWhole(@TempDir Path folder) throws Exception {
        Path file = Files.writeString(folder.resolve("mine.json"), "{\"schema\": 1, \"board\": \"X\"}");
        run(ExitCode.USAGE, "--file", file.toString());
        assertThat(err.toString()).contains("vendor: it is missing", "device: it is missing", "types: it is missing");
    }
}
