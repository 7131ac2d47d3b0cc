// SPDX-License-Identifier: Apache-2.0
package io.lamella.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.lamella.vm.Cache;
import io.lamella.vm.Commands;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The Debian package, made and then installed, run, removed and purged in a clean Debian 13 root. It takes root and packages from Debian, so it
 * runs with the tests that boot VMs; where it cannot run it is skipped with the script's own sentence.
 */
@Tag("vm")
class DebianPackageTest {
    private static final Duration BUILD = Duration.ofMinutes(10);
    private static final Duration TEST = Duration.ofMinutes(20);
    private static final int CANNOT = 77;

    @TempDir
    Path folder;

    private static Path project() {
        Path here = Path.of("").toAbsolutePath();
        return Files.isDirectory(here.resolve("packaging")) ? here : here.getParent();
    }

    @Test
    void itInstallsRunsAndLeavesNothing() throws Exception {
        assumeTrue(Commands.find("dpkg-deb").isPresent(), "There is no dpkg-deb here to make a package with.");
        Path library = project().resolve("cli/target/lib");
        assumeTrue(
                Files.isDirectory(library),
                "The jars are not built: run this test through ./lamella test or mvn verify.");
        Commands.Output made = Commands.run(
                project(),
                Map.of(),
                BUILD,
                List.of(
                        project().resolve("packaging/build-deb").toString(),
                        System.getProperty("java.home"),
                        library.toString(),
                        folder.toString()));
        assertThat(made.exitCode()).as(made.lastWords()).isZero();
        String deb = made.text().strip().lines().toList().getLast();
        Commands.Output tested = Commands.run(
                project(),
                Map.of(),
                TEST,
                List.of(
                        project().resolve("packaging/test-deb").toString(),
                        deb,
                        Cache.ofUser().folder().toString()));
        assumeFalse(tested.exitCode() == CANNOT, tested.errors());
        assertThat(tested.exitCode()).as(tested.lastWords()).isZero();
        assertThat(tested.text()).contains("ok: purged; nothing is left but the user");
        System.out.print(tested.text());
    }
}
