// SPDX-License-Identifier: Apache-2.0
package io.lamella.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** {@code lamella render} on a software GPU. */
class RenderCommandTest {
    private final StringWriter err = new StringWriter();
    private String out = "";

    private int run(String... arguments) {
        CommandLine line = Lamella.commandLine();
        line.setErr(new PrintWriter(err, true));
        PrintStream before = System.out;
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
        try {
            return line.execute(arguments);
        } finally {
            System.setOut(before);
            out = printed.toString(StandardCharsets.UTF_8);
        }
    }

    @Test
    void showsTheGpu() {
        assertThat(run("render", "info", "--firmware", "535.113.01", "-o", "json"))
                .isZero();
        JsonNode document = JsonMapper.shared().readTree(out);
        assertThat(document.get("chip").asString()).isEqualTo("AD102");
        assertThat(document.get("firmwareRelease").asString()).isEqualTo("535.113.01");
        assertThat(document.get("engines").get(0).get("class").asInt()).isEqualTo(0xc7b5);
        assertThat(document.get("limits").get("channels").asInt()).isEqualTo(8);
    }

    @Test
    void copiesEveryWayAndComparesEveryByte() {
        assertThat(run("render", "copy", "--size", "3M", "--times", "1", "--engine", "ce1", "-o", "json"))
                .isZero();
        JsonNode document = JsonMapper.shared().readTree(out);
        assertThat(document).hasSize(4);
        document.forEach(each -> {
            assertThat(each.get("bytes").asLong()).isEqualTo(3 << 20);
            assertThat(each.get("wrongBytes").asLong()).isZero();
        });
    }

    @Test
    void copiesLinesAndFills() {
        assertThat(run(
                        "render", "copy", "--size", "100K", "--from", "gart", "--to", "vram", "--pitch", "700",
                        "--line", "699"))
                .isZero();
        assertThat(out).contains("gart to vram, 146 lines").contains("every byte right");
        assertThat(run("render", "fill", "--size", "1M", "--value", "0x01020304"))
                .isZero();
        assertThat(out).contains("fill vram").contains("fill gart").contains("every byte right");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "copy --size 9G",
                "copy --size 5X",
                "copy --times 0",
                "copy --from cache",
                "copy --pitch 10 --line 11",
                "copy --line 11",
                "fill --value 0x1ffffffff",
                "fill --value red",
            })
    void refusesAWrongCommandLine(String arguments) {
        assertThat(run(("render " + arguments).split(" "))).isEqualTo(ExitCode.USAGE);
        assertThat(err.toString()).isNotEmpty();
    }

    @Test
    void saysWhichEnginesThereAre() {
        assertThat(run("render", "copy", "--engine", "CE77")).isEqualTo(ExitCode.FAILED);
        assertThat(err.toString()).contains("There is no engine 'CE77'; there are CE0, CE1");
    }
}
