// SPDX-License-Identifier: Apache-2.0
package io.lamella.cli.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.lamella.cli.ExitCode;
import io.lamella.cli.TestDaemon;
import io.lamella.daemon.client.DaemonClient;
import io.lamella.daemon.http.Json;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;

/** The commands against a real daemon at a real socket: what they print, and with what they end. */
class NodeCommandsTest {
    @TempDir
    static Path folder;

    private static TestDaemon daemon;

    @BeforeAll
    static void start() throws Exception {
        daemon = new TestDaemon(folder, "{name: gpu0, board: L40}", "{name: gpu1, board: L40, mode: mixed}");
    }

    @AfterAll
    static void stop() {
        daemon.close();
    }

    @AfterEach
    void deleteAll() {
        try (DaemonClient client = daemon.client()) {
            client.vgpus().forEach(vgpu -> client.delete(vgpu.uuid(), OptionalLong.empty()));
        }
    }

    /** What a command printed and returned. */
    private record Ran(int exitCode, String out, String err) {
        JsonNode json() {
            return Json.read(out.getBytes(StandardCharsets.UTF_8));
        }
    }

    private static Ran lamella(String... arguments) {
        return lamella(daemon.socket(), arguments);
    }

    private static Ran lamella(Path socket, String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        CommandLine line = new CommandLine(new Nouns())
                .addSubcommand(new GpuCommand())
                .addSubcommand(new VgpuCommand())
                .addSubcommand(new TypeCommand())
                .addSubcommand(new PlacementCommand())
                .addSubcommand(new SchedCommand())
                .addSubcommand(new EventsCommand())
                .addSubcommand(new NodeFileCommands.Apply())
                .addSubcommand(new NodeFileCommands.Diff())
                .addSubcommand(new NodeFileCommands.Export())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err));
        List<String> all = new ArrayList<>(List.of(arguments));
        all.add("--socket=" + socket);
        int exitCode = line.execute(all.toArray(String[]::new));
        return new Ran(exitCode, out.toString(), err.toString());
    }

    @CommandLine.Command(name = "lamella")
    private static final class Nouns {}

    @Test
    void listsGpus() {
        Ran ran = lamella("gpu", "list");
        assertThat(ran.exitCode).isEqualTo(ExitCode.OK);
        assertThat(ran.out.lines().toList())
                .hasSize(3)
                .allSatisfy(line -> assertThat(line.length()).isLessThanOrEqualTo(80));
        assertThat(ran.out).containsPattern("gpu1 +L40 +running +vgpu +mixed +best-effort +0 +0/32");
        assertThat(lamella("gpu", "list", "-o", "json")
                        .json()
                        .get(1)
                        .path("mode")
                        .asString())
                .isEqualTo("mixed");
        assertThat(lamella("gpu", "show", "gpu1", "-o", "yaml").out).contains("name: gpu1\n", "mode: mixed\n");
        assertThat(lamella("gpu", "list", "-o", "wide").out).contains("10de:26b5", "570.144");
    }

    @Test
    void anEmptyListSaysWhatToDo() {
        assertThat(lamella("vgpu", "list").out).contains("lamella vgpu create TYPE");
        assertThat(lamella("vgpu", "list", "-o", "json").json().isEmpty()).isTrue();
    }

    @Test
    void takesAVgpuThroughItsLife() {
        Ran created = lamella("vgpu", "create", "L40-8Q", "--name", "desk1", "--gpu", "gpu1", "-p", "weight=5");
        assertThat(created.exitCode).isEqualTo(ExitCode.OK);
        assertThat(created.out)
                .contains("vGPU desk1 (L40-8Q) is running on gpu1, VF 0, placement ", "attaches at " + folder);
        assertThat(lamella("vgpu", "list").out).containsPattern("desk1 +L40-8Q +running +- +gpu1");
        assertThat(lamella("vgpu", "stop", "des").out).contains("desk1 (L40-8Q) is stopped");
        assertThat(lamella("vgpu", "set", "desk1", "weight=7").exitCode).isEqualTo(ExitCode.OK);
        assertThat(lamella("vgpu", "show", "desk1", "-o", "json")
                        .json()
                        .at("/definition/parameters/weight")
                        .asString())
                .isEqualTo("7");
        assertThat(lamella("vgpu", "set", "desk1", "weight=").exitCode).isEqualTo(ExitCode.OK);
        assertThat(lamella("vgpu", "show", "desk1", "-o", "json")
                        .json()
                        .at("/definition/parameters/weight")
                        .isMissingNode())
                .isTrue();
        assertThat(lamella("vgpu", "start", "desk1").out).contains("is running on gpu1");
        assertThat(lamella("vgpu", "reset", "desk1").out).contains("is running on gpu1");
        assertThat(lamella("vgpu", "delete", "desk1").out).contains("vGPU desk1 is deleted.");
        assertThat(lamella("events", "--gpu", "gpu1", "-o", "json").out.lines())
                .allSatisfy(line -> assertThat(Json.read(line.getBytes(StandardCharsets.UTF_8))
                                .path("sentence")
                                .asString())
                        .endsWith("."));
    }

    @Test
    void plansAndPlaces() {
        assertThat(lamella("vgpu", "create", "L40-24Q", "--name", "big", "--gpu", "gpu1").exitCode)
                .isEqualTo(ExitCode.OK);
        assertThat(lamella("placement", "list", "--gpu", "gpu1").out)
                .contains("24 of 48 free", "AAAAAAAAAAAAAAAAAAAAAAAA........................")
                .containsPattern("0 +24 +L40-24Q +big");
        assertThat(lamella("placement", "plan", "--gpu", "gpu1", "L40-24Q").exitCode)
                .isEqualTo(ExitCode.OK);
        Ran refused = lamella("placement", "plan", "--gpu", "gpu1", "L40-24Q", "L40-8Q");
        assertThat(refused.exitCode).isEqualTo(ExitCode.FAILED);
        assertThat(refused.out).contains("1 of 2 fit", "No place for L40-");
        assertThat(lamella("type", "list", "--gpu", "gpu1", "-o", "json").json())
                .anySatisfy(type -> {
                    assertThat(type.path("name").asString()).isEqualTo("L40-48Q");
                    assertThat(type.path("creatable").asBoolean()).isFalse();
                    assertThat(type.path("sentence").asString()).isNotEmpty();
                });
        assertThat(lamella("type", "list", "--gpu", "gpu1", "--creatable").out)
                .contains("L40-24Q")
                .doesNotContain("L40-48Q");
    }

    @Test
    void changesTheScheduler() {
        assertThat(lamella("sched", "set", "gpu0", "equal-share", "--frequency-hz", "200").out)
                .isEqualTo("gpu0: equal-share, strict round robin, 200 Hz, averaging factor 33\n");
        assertThat(lamella("sched", "set", "gpu0", "fixed-share", "--time-slice-ms", "5").out)
                .isEqualTo("gpu0: fixed-share, least time first, slices of 5 ms\n");
        Ran refused = lamella("sched", "set", "gpu0", "equal-share", "--frequency-hz", "2000");
        assertThat(refused.exitCode).isEqualTo(ExitCode.FAILED);
        assertThat(refused.err).contains("63 to 960");
        assertThat(lamella("sched", "set", "gpu0", "magic").exitCode).isEqualTo(ExitCode.USAGE);
        assertThat(lamella("sched", "set", "gpu0", "best-effort").exitCode).isEqualTo(ExitCode.OK);
        assertThat(lamella("sched", "log").out).isEqualTo("No vGPU of this GPU has had work yet.\n");
        assertThat(lamella("sched", "show").out).containsPattern("gpu0 +best-effort");
    }

    @Test
    void refusalsAreSentences() {
        Ran unknown = lamella("vgpu", "delete", "nope");
        assertThat(unknown.exitCode).isEqualTo(ExitCode.FAILED);
        assertThat(unknown.err).startsWith("lamella: There is no vGPU \"nope\"").doesNotContain("\tat ");
        Ran parameter = lamella("vgpu", "create", "L40-8Q", "-p", "colour=red");
        assertThat(parameter.exitCode).isEqualTo(ExitCode.FAILED);
        assertThat(parameter.err).contains("colour", "weight");
        Ran nobody = lamella(folder.resolve("no.sock"), "gpu", "list");
        assertThat(nobody.exitCode).isEqualTo(ExitCode.UNAVAILABLE);
        assertThat(nobody.err).contains("Start one with: lamella daemon");
    }

    @Test
    void aGpuGoesAndComesBack() {
        assertThat(lamella("vgpu", "create", "L40-8Q", "--name", "desk1", "--gpu", "gpu1").exitCode)
                .isEqualTo(ExitCode.OK);
        assertThat(lamella("gpu", "remove", "gpu1").out).isEqualTo("gpu1 is removed.\n");
        assertThat(lamella("gpu", "list").out).containsPattern("gpu1 +L40 +removed");
        assertThat(lamella("gpu", "add", "gpu1").out).isEqualTo("gpu1 is running with 1 vGPUs.\n");
        assertThat(lamella("vgpu", "list").out).containsPattern("desk1 +L40-8Q +running");
    }

    @Test
    void aNodeIsAFile() throws Exception {
        assertThat(lamella("vgpu", "create", "L40-8Q", "--name", "desk1", "--gpu", "gpu0").exitCode)
                .isEqualTo(ExitCode.OK);
        String exported = lamella("export").out;
        assertThat(exported).contains("kind: Node", "name: desk1", "type: L40-8Q");
        Path file = Files.writeString(folder.resolve("node.yaml"), exported);
        assertThat(lamella("diff", "-f", file.toString()).exitCode).isEqualTo(ExitCode.OK);

        Files.writeString(file, """
                apiVersion: lamella/v1
                kind: Node
                gpus:
                  - {name: gpu0, scheduler: {policy: equal-share}}
                vgpus:
                  - {name: desk1, gpu: gpu0, type: L40-8Q}
                  - {name: desk2, gpu: gpu0, type: L40-8Q}
                """);
        Ran diff = lamella("diff", "-f", file.toString());
        assertThat(diff.exitCode).isEqualTo(ExitCode.FAILED);
        assertThat(diff.out).contains("desk2").doesNotContain("- vGPU desk1");
        assertThat(lamella("apply", "--dry-run", "-f", file.toString()).out).isEqualTo(diff.out);
        Ran applied = lamella("apply", "-f", file.toString());
        assertThat(applied.exitCode).as(applied.err).isEqualTo(ExitCode.OK);
        assertThat(lamella("vgpu", "list").out).containsPattern("desk2 +L40-8Q +running");
        assertThat(lamella("sched", "show").out).contains("gpu0  equal-share");
        assertThat(lamella("diff", "-f", file.toString()).exitCode).isEqualTo(ExitCode.OK);

        Files.writeString(file, "apiVersion: lamella/v1\nkind: Node\nvgpus: [{name: x, type: L40-9Q}]\n");
        Ran refused = lamella("apply", "-f", file.toString());
        assertThat(refused.exitCode).isEqualTo(ExitCode.FAILED);
        assertThat(refused.out + refused.err).contains("L40-9Q");
        assertThat(lamella("apply", "-f", folder.resolve("none.yaml").toString()).exitCode)
                .isEqualTo(ExitCode.USAGE);
        assertThat(lamella("sched", "set", "gpu0", "best-effort").exitCode).isEqualTo(ExitCode.OK);
    }
}
