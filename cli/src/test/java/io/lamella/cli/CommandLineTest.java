// SPDX-License-Identifier: Apache-2.0
package io.lamella.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
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
    void bashCompletesCommandsAndOptions() throws Exception {
        assertThat(run("completion", "bash")).isZero();
        assertThat(completed(out.toString(), "lamella", "libv")).contains("libvirt-xml");
        assertThat(completed(out.toString(), "lamella", "vm", "--di")).contains("--disk");
    }

    /** What bash itself offers for the last word. */
    private static String completed(String script, String... words) throws Exception {
        String program = script + "\nCOMP_WORDS=(" + String.join(" ", words) + ")\nCOMP_CWORD=" + (words.length - 1)
                + "\n_complete_lamella\nprintf '%s\\n' \"${COMPREPLY[@]}\"\n";
        Process bash =
                new ProcessBuilder("bash", "-s").redirectErrorStream(true).start();
        try (OutputStream in = bash.getOutputStream()) {
            in.write(program.getBytes(StandardCharsets.UTF_8));
        }
        return new String(bash.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    @Test
    void otherShellsGetScriptsOfTheirOwn() {
        assertThat(run("completion", "zsh")).isZero();
        assertThat(out.toString()).startsWith("#compdef lamella").contains("bashcompinit");
        assertThat(run("completion", "fish")).isZero();
        assertThat(out.toString())
                .contains("complete -c lamella -n '__fish_seen_subcommand_from vm' -l disk -r")
                .doesNotContain("build-files");
    }

    @Test
    void anUnknownShellIsAUsageError() {
        assertThat(run("completion", "tcsh")).isEqualTo(ExitCode.USAGE);
    }

    @Test
    void aKernelThatDoesNotKnowTheBoardsChipIsRefusedBeforeAnythingStarts() {
        assertThat(run("demo", "--board", "RTX PRO 6000", "--kernel", "6.12")).isEqualTo(ExitCode.USAGE);
        assertThat(err.toString())
                .contains("Kernel 6.12 cannot drive a vGPU of NVIDIA RTX PRO 6000 Blackwell Server Edition")
                .contains("its nouveau does not know the chip GB202")
                .contains("Take --kernel 7.x");
        assertThat(run("demo", "--board", "RTX 9000")).isEqualTo(ExitCode.USAGE);
        assertThat(err.toString()).contains("There is no board RTX 9000; there are L40, ");
    }

    @Test
    void theConfigurationThatIsInstalledIsSound() {
        Path file = Path.of("packaging/debian/lamella.yaml");
        Path here = Files.exists(file) ? file : Path.of("..").resolve(file);
        assertThat(run("daemon", "--check", "--config", here.toString())).isZero();
    }
}
