// SPDX-License-Identifier: Apache-2.0
package io.lamella.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class CommandLineTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(String... arguments) {
        CommandLine line = Lamella.commandLine();
        line.setOut(new PrintWriter(out, true));
        line.setErr(new PrintWriter(err, true));
        return line.execute(arguments);
    }

    @Test
    void withoutArgumentsItHelps() {
        assertThat(run()).isZero();
        assertThat(out.toString()).contains("Usage: lamella").contains("./lamella demo");
    }

    @Test
    void everyCommandHasHelpWithADescription() {
        for (var command : Lamella.commandLine().getSubcommands().entrySet()) {
            assertThat(command.getValue().getCommandSpec().usageMessage().description())
                    .as(command.getKey())
                    .isNotEmpty();
        }
    }

    @Test
    void helpFitsEightyColumns() {
        for (CommandLine command : Lamella.commandLine().getSubcommands().values()) {
            assertThat(command.getUsageMessage().lines()).allMatch(line -> line.length() <= 80);
        }
    }

    @Test
    void aWrongOptionIsAUsageError() {
        assertThat(run("--colour")).isEqualTo(ExitCode.USAGE);
        assertThat(err.toString()).contains("Unknown option: '--colour'");
    }

    @Test
    void completionIsForTheWholeCommand() {
        assertThat(run("generate-completion")).isZero();
        assertThat(out.toString()).contains("complete -F _complete_lamella");
    }
}
