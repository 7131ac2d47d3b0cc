// SPDX-License-Identifier: Apache-2.0
package io.lamella.cli.smi;

import static org.assertj.core.api.Assertions.assertThat;

import io.lamella.cli.TestDaemon;
import io.lamella.daemon.client.DaemonClient;
import io.lamella.host.node.VgpuDefinition;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The commands against a real daemon. */
class SmiCommandTest {
    @TempDir
    static Path folder;

    private static TestDaemon daemon;

    @BeforeAll
    static void start() throws Exception {
        daemon = new TestDaemon(folder, "{name: gpu0, board: L40}", "{name: gpu1, board: A40}");
        try (DaemonClient client = daemon.client()) {
            client.create(VgpuDefinition.of("L40-8Q").withName("alice").withGpu("gpu0"));
            client.define(VgpuDefinition.of("A40-8Q").withName("bob").withGpu("gpu1"));
        }
    }

    @AfterAll
    static void stop() {
        daemon.close();
    }

    private record Ran(int exitCode, List<String> out, String err) {}

    private static Ran smi(String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        CommandLine line = new CommandLine(new SmiCommand());
        line.setOut(new PrintWriter(out));
        line.setErr(new PrintWriter(err));
        String[] all = java.util.Arrays.copyOf(arguments, arguments.length + 2);
        all[arguments.length] = "--socket";
        all[arguments.length + 1] = daemon.socket().toString();
        int exitCode = line.execute(all);
        return new Ran(exitCode, out.toString().lines().toList(), err.toString());
    }

    @Test
    void everyShapeOfARealDaemonFitsEightyColumns() {
        List<List<String>> all = List.of(
                smi().out(),
                smi("-q").out(),
                smi("vgpu").out(),
                smi("vgpu", "-q").out(),
                smi("vgpu", "-s", "-v").out(),
                smi("vgpu", "-c").out(),
                smi("vgpu", "-u", "--count", "1").out());
        assertThat(all)
                .allSatisfy(lines -> assertThat(lines)
                        .hasSizeGreaterThan(3)
                        .allMatch(line -> line.length() <= 80)
                        .noneMatch(line -> line.contains("NVIDIA-SMI") || line.contains("null")));
        assertThat(all.getFirst()).anyMatch(line -> line.contains("L40-8Q") && line.contains("alice"));
        assertThat(all.getFirst()).anyMatch(line -> line.contains("A40-8Q") && line.contains("stopped"));
    }

    @Test
    void creatableIsLessThanSupported() {
        List<String> supported = smi("vgpu", "-s", "-i", "gpu0").out();
        List<String> creatable = smi("vgpu", "-c", "-i", "0").out();
        assertThat(supported).hasSize(30).contains("    L40-48Q");
        assertThat(creatable)
                .as("what is of the size of the one that is there")
                .hasSize(4)
                .contains("    L40-8A", "    L40-8C", "    L40-8Q");
    }

    @Test
    void fieldsComeAsAskedFor() {
        Ran ran = smi(
                "--query-vgpu=name,gpu.index,state,memory.total", "--format=csv,noheader", "--count", "2", "-l", "1");
        assertThat(ran.out())
                .containsExactly(
                        "alice, 0, running, 7616 MiB",
                        "bob, N/A, stopped, N/A",
                        "alice, 0, running, 7616 MiB",
                        "bob, N/A, stopped, N/A");
        assertThat(smi("--query-gpu=index,name", "--format=csv", "-i", "gpu1").out())
                .containsExactly("index, name", "1, NVIDIA A40");
        assertThat(smi("--help-query-gpu").out()).contains("\"memory.free\"");
    }

    @Test
    void whatCannotBeShownIsSaid() {
        assertThat(smi("vgpu", "-p").exitCode()).isEqualTo(2);
        assertThat(smi("vgpu", "-p").err()).contains("known to the guest's driver alone");
        assertThat(smi("vgpu", "-s", "-c").err()).contains("only one");
        assertThat(smi("vgpu", "-v").err()).contains("-v goes with");
        assertThat(smi("-i", "7").err()).contains("No GPU is '7'").contains("gpu0, gpu1");
        assertThat(smi("-l", "0").err()).contains("1 to 86400");
        assertThat(smi("-q", "--query-gpu=name").err()).contains("only one");
        assertThat(smi("--query-gpu=name", "--format=json").err()).contains("csv");
        assertThat(smi("--version").out().getFirst()).contains("not NVIDIA's nvidia-smi");
    }

    @Test
    void aGpuIsFoundByAnyOfItsNames() {
        String uuid = smi("--query-gpu=uuid", "--format=csv,noheader", "-i", "gpu1")
                .out()
                .getFirst();
        String bus = smi("--query-gpu=pci.bus_id", "--format=csv,noheader", "-i", "1")
                .out()
                .getFirst();
        for (String name : List.of(uuid, uuid.substring(4), bus, bus.substring(4))) {
            assertThat(smi("--query-gpu=name", "--format=csv,noheader", "-i", name)
                            .out())
                    .as(name)
                    .containsExactly("NVIDIA A40");
        }
    }
}
