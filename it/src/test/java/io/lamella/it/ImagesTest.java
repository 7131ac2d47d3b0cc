// SPDX-License-Identifier: Apache-2.0
package io.lamella.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.lamella.vm.Commands;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The peers do not need each other: a program of the vGPU side alone, and one of the DRM peer alone, each with a Java of its own. */
class ImagesTest {
    private static final Duration LIMIT = Duration.ofMinutes(3);
    private static final int UNAVAILABLE = 69;

    @TempDir
    Path folder;

    private static Path project() {
        Path here = Path.of("").toAbsolutePath();
        return Files.isDirectory(here.resolve("packaging")) ? here : here.getParent();
    }

    /** Links an image of the modules as they were built. */
    private Path link(String name, String modules) throws IOException {
        Path library = project().resolve("cli/target/lib");
        assumeTrue(
                Files.isRegularFile(library.resolve("lamella-cli-0.1.0-SNAPSHOT.jar")),
                "The jars are not built: run this test through ./lamella test or mvn verify.");
        Path image = folder.resolve(name);
        Commands.Output linked = run(List.of(
                Path.of(System.getProperty("java.home"), "bin", "jlink").toString(),
                "--module-path",
                library.toString(),
                "--add-modules",
                modules,
                "--output",
                image.toString()));
        assertThat(linked.exitCode()).as(linked.lastWords()).isZero();
        return image;
    }

    private Commands.Output run(List<String> command) throws IOException {
        return Commands.run(folder, Map.of(), LIMIT, command);
    }

    private Commands.Output lamella(Path image, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                image.resolve("bin/java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "--enable-native-access=io.lamella.linux",
                "--module",
                "io.lamella.cli/io.lamella.cli.Lamella"));
        command.addAll(List.of(arguments));
        return run(command);
    }

    private String modules(Path image) throws IOException {
        return run(List.of(image.resolve("bin/java").toString(), "--list-modules"))
                .text();
    }

    @Test
    void theVgpuSideRunsWithoutTheDrmPeer() throws Exception {
        Path image = link("vgpu", "io.lamella.cli,io.lamella.daemon");
        assertThat(modules(image))
                .contains("io.lamella.vgpu@", "io.lamella.vfio@")
                .doesNotContain("io.lamella.drm");
        // A GPU boots, is cut, and a driver in a process of its own brings the vGPU up over its socket.
        Commands.Output demo = lamella(image, "demo", "--no-vm", "-o", "json");
        assertThat(demo.exitCode()).as(demo.lastWords()).isZero();
        Commands.Output render = lamella(image, "render", "info");
        assertThat(render.exitCode()).as(render.lastWords()).isEqualTo(UNAVAILABLE);
        assertThat(render.errors()).contains("made without the DRM peer (module io.lamella.drm)");
        Commands.Output bench = lamella(image, "bench", "wire");
        assertThat(bench.exitCode()).isEqualTo(UNAVAILABLE);
        assertThat(bench.errors()).contains("module io.lamella.bench");
    }

    @Test
    void theDrmPeerRunsWithoutTheVgpuSide() throws Exception {
        Path image = link("render", "io.lamella.cli,io.lamella.drm");
        assertThat(modules(image))
                .contains("io.lamella.drm@", "io.lamella.core@")
                .doesNotContain("io.lamella.vgpu", "io.lamella.vfio@", "io.lamella.host", "io.lamella.daemon", "jetty");
        Commands.Output copy = lamella(image, "render", "copy", "--size", "1M", "--times", "1");
        assertThat(copy.exitCode()).as(copy.lastWords()).isZero();
        for (List<String> wanted : List.of(List.of("vgpu", "list"), List.of("vm", "--vgpu", "L40-8Q"))) {
            Commands.Output missing = lamella(image, wanted.toArray(String[]::new));
            assertThat(missing.exitCode()).as(missing.lastWords()).isEqualTo(UNAVAILABLE);
            assertThat(missing.errors())
                    .contains("made without the vGPU side (module io.lamella.daemon", "no " + wanted.getFirst());
        }
        Commands.Output help = lamella(image, "--help");
        assertThat(help.exitCode()).isZero();
        assertThat(help.text()).contains("render").doesNotContain("libvirt-xml");
    }
}
