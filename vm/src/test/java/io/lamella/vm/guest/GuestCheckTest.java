// SPDX-License-Identifier: Apache-2.0
package io.lamella.vm.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.lamella.vm.Cache;
import io.lamella.vm.Commands;
import io.lamella.vm.VmException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GuestCheckTest {
    @Test
    void aGoodRunIsRead() {
        GuestCheck.Result result = GuestCheck.parse("""
                check mode=copy seed=20261122
                gpu chipset=0x192 vram_mib=7615
                path gart-vram copies=202 bytes=134217728 mib_per_s=7278.4
                path alias copies=3 bytes=3145728 mib_per_s=6.2
                CHECK ok
                """.lines().toList());
        assertThat(result.ok()).isTrue();
        assertThat(result.steps())
                .containsExactly(
                        new GuestCheck.Step("gart-vram", 202, 134_217_728, 7278.4),
                        new GuestCheck.Step("alias", 3, 3_145_728, 6.2));
    }

    @Test
    void aFailureKeepsWhatWentWellAndTheFirstReason() {
        GuestCheck.Result result = GuestCheck.parse(List.of(
                "path gart-vram copies=202 bytes=134217728 mib_per_s=7278.4",
                "CHECK failed: path vram-vram: byte 17 is 0x00 instead of 0x5a",
                "CHECK failed: 1 of 3 processes failed"));
        assertThat(result.ok()).isFalse();
        assertThat(result.failure()).isEqualTo("path vram-vram: byte 17 is 0x00 instead of 0x5a");
        assertThat(result.steps()).hasSize(1);
    }

    @Test
    void noResultIsAFailure() {
        assertThat(GuestCheck.parse(List.of()).ok()).isFalse();
        assertThat(GuestCheck.parse(List.of("path a copies=1 bytes=1 mib_per_s=1.0", "Segmentation fault"))
                        .ok())
                .isFalse();
        // Neither another program's words nor numbers beyond any bound are taken for a report.
        assertThat(GuestCheck.parse(List.of(
                                "x CHECK ok",
                                "path a copies=99999999999999999999 bytes=1 mib_per_s=1.0",
                                "path b copies=1"))
                        .steps())
                .isEmpty();
    }

    @Test
    void aLoadSaysWhatItDid() throws Exception {
        assertThat(new GuestCheck.Load(4, 1 << 20, 64, 3).command(7))
                .isEqualTo("/bin/nouveau_check load 7 4 1048576 64 3");
        assertThat(GuestCheck.parseLoad(List.of(
                        "load seconds=4.012 copies=1280 bytes=1342177280 mib_per_s=319.1 pushes=20 p50_us=11 p90_us=12"
                                + " p99_us=13 max_us=14",
                        "CHECK ok")))
                .isEqualTo(new GuestCheck.LoadResult(4.012, 1280, 1_342_177_280, 319.1, 20, 11, 12, 13, 14));
        assertThatThrownBy(() ->
                        GuestCheck.parseLoad(List.of("CHECK failed: a push of a load did not finish within 30 s")))
                .isInstanceOf(VmException.class)
                .hasMessageContaining("did not finish");
    }

    @Test
    void theProgramIsBuiltOnceAndSaysWhyItCannotRun(@TempDir Path folder) throws Exception {
        assumeTrue(Commands.find("cc").isPresent(), "no C compiler here");
        assumeTrue(
                !Files.exists(Path.of("/dev/dri/renderD128")),
                "there is a real GPU here, which is none of our business");
        Cache cache = Cache.at(folder.resolve("cache"));
        byte[] program = GuestCheck.program(cache);
        assertThat(GuestCheck.program(cache)).isEqualTo(program);
        try (var built = Files.list(cache.folder().resolve("guest-check"))) {
            assertThat(built).hasSize(1);
        }
        Path file = Files.write(folder.resolve("nouveau_check"), program);
        assertThat(file.toFile().setExecutable(true)).isTrue();
        Commands.Output output =
                Commands.run(folder, Map.of(), Duration.ofSeconds(20), List.of(file.toString(), "copy", "1"));
        assertThat(output.exitCode()).isEqualTo(1);
        assertThat(GuestCheck.parse(output.text().lines().toList()).failure())
                .contains("/dev/dri/renderD128")
                .contains("No such file");
    }
}
