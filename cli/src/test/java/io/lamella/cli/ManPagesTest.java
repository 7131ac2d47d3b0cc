// SPDX-License-Identifier: Apache-2.0
package io.lamella.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.lamella.vm.Commands;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class ManPagesTest {
    @TempDir
    Path folder;

    @Test
    void everyVisibleCommandHasAPage() {
        Map<String, String> pages = ManPages.all(Lamella.commandLine());
        for (CommandLine command : Lamella.commandLine().getSubcommands().values()) {
            boolean isHidden = command.getCommandSpec().usageMessage().hidden()
                    || command.getCommandName().equals("help");
            assertThat(pages.containsKey("lamella-" + command.getCommandName() + ".1"))
                    .as(command.getCommandName())
                    .isNotEqualTo(isHidden);
        }
        assertThat(pages).containsKey("lamella.1");
    }

    @Test
    void pagesSayWhatTheHelpSays() {
        String page = ManPages.all(Lamella.commandLine()).getOrDefault("lamella-vm.1", "");
        assertThat(page)
                .startsWith("'\\\" t\n")
                .contains(".TH \"LAMELLA\\-VM\" 1")
                .contains("lamella\\-vm \\- boot a VM with vGPUs")
                .contains("\\fB\\-\\-disk\\fR=\\fIFILE[,OPTION]...\\fR")
                .contains("lamella vm \\-\\-disk debian.qcow2")
                .contains(".SH \"EXIT STATUS\"");
    }

    @Test
    void nothingOfTheTemplatesIsLeft() {
        assertThat(ManPages.all(Lamella.commandLine()).values())
                .noneMatch(page -> page.contains("${") || page.contains("@|") || page.contains("%n"));
    }

    @Test
    void groffTakesThemWithoutAWord() throws Exception {
        assumeTrue(Commands.find("groff").isPresent(), "There is no groff here to read the pages with.");
        ManPages.write(Lamella.commandLine(), folder);
        for (String name : ManPages.all(Lamella.commandLine()).keySet()) {
            Commands.Output output = Commands.run(
                    folder, Map.of(), Duration.ofSeconds(30), List.of("groff", "-man", "-Tutf8", "-ww", "-z", name));
            assertThat(output.errors()).as(name).isEmpty();
            assertThat(output.exitCode()).as(name).isZero();
        }
    }
}
