// SPDX-License-Identifier: Apache-2.0
package io.lamella.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The guide through an operator's day, typed from the document itself: a daemon, its CLI and two VMs, each a process of its own. */
@Tag("vm")
@Timeout(1200)
class OperatorsDayVmTest {
    /** As the guide names the folder; the test has its own in its place. */
    private static final String FOLDER = "/tmp/lamella-day";

    private static final Duration LONGEST = Duration.ofMinutes(5);

    @Test
    void everythingGoesAsTheGuideSays() throws Exception {
        Path guide = repository().resolve("docs/guide/operators-day.md");
        Path folder = Files.createTempDirectory("day");
        GuideDocument document = GuideDocument.parse(Files.readString(guide)
                .replace(FOLDER, folder.toString())
                .lines()
                .toList());
        assertThat(document.steps()).hasSizeGreaterThan(20);
        try (TypingShell shell = new TypingShell(folder)) {
            for (GuideDocument.Step step : document.steps()) {
                follow(shell, folder, step);
            }
        }
        io.lamella.vm.Cache.deleteTree(folder);
    }

    private static void follow(TypingShell shell, Path folder, GuideDocument.Step step) throws Exception {
        switch (step) {
            case GuideDocument.Write file -> Files.writeString(folder.resolve(file.name()), file.text());
            case GuideDocument.Type typed -> {
                long begun = System.nanoTime();
                TypingShell.Ran ran = shell.type(typed.command(), LONGEST);
                System.out.printf(Locale.ROOT, "%5.1f s  %s%n", (System.nanoTime() - begun) / 1e9, typed.command());
                List<String> difference = ExpectedOutput.difference(typed.expected(), ran.lines());
                String where = "operators-day.md, line " + step.line() + ": $ " + typed.command();
                assertThat(difference.isEmpty())
                        .as(() -> where + "\n" + String.join("\n", difference) + "\n")
                        .isTrue();
                assertThat(ran.exitCode())
                        .as(() -> "exit code of " + where + "\n" + String.join("\n", ran.lines()))
                        .isEqualTo(typed.exitCode());
            }
        }
    }

    /** Tests run in the module's folder, or in the repository's. */
    private static Path repository() {
        Path here = Path.of("").toAbsolutePath();
        return Files.isDirectory(here.resolve("docs"))
                ? here
                : here.resolve("..").normalize();
    }
}
