// SPDX-License-Identifier: Apache-2.0
package io.lamella.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class StoryTest {
    private final AtomicLong nanos = new AtomicLong();
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    private Story story(OutputFormat format, boolean isTerminal) {
        return new Story(new PrintStream(bytes, true, StandardCharsets.UTF_8), format, isTerminal, nanos::get);
    }

    private String printed() {
        return bytes.toString(StandardCharsets.UTF_8);
    }

    @Test
    void aStageIsALineWithItsTimeAtTheRight() {
        Story story = story(OutputFormat.text, false);
        int result = story.tell("GPU", stage -> {
            nanos.addAndGet(1_250_000_000L);
            stage.say("NVIDIA L40").say("48 GiB");
            return 7;
        });
        assertThat(result).isEqualTo(7);
        assertThat(printed().lines())
                .containsExactly("  GPU        NVIDIA L40" + " ".repeat(79 - 23 - 5) + "1.3 s", "             48 GiB");
        assertThat(printed().lines()).allMatch(line -> line.length() <= 79);
    }

    @Test
    void aFailureIsToldAndGoesOn() {
        Story story = story(OutputFormat.text, false);
        assertThatThrownBy(() -> story.tell("GSP", stage -> {
                    throw new IOException("The firmware file gsp.bin is missing.");
                }))
                .isInstanceOf(IOException.class);
        assertThat(printed()).contains("  GSP        FAILED").contains("The firmware file gsp.bin is missing.");
        assertThat(story.toDocument()).containsEntry("ok", false);
    }

    @Test
    void withoutATerminalThereIsNoControlCharacter() {
        story(OutputFormat.text, false).tell("VM", stage -> {
            stage.doing("booting");
            return "";
        });
        assertThat(printed()).doesNotContain("\u001b").doesNotContain("booting");
    }

    @Test
    void aTerminalSeesWhatGoesOn() {
        story(OutputFormat.text, true).tell("VM", stage -> {
            stage.doing("booting");
            return "";
        });
        assertThat(printed()).contains("booting ...").contains("\u001b[2K");
    }

    @Test
    void asADocumentItIsSilentAndKeepsTheFacts() {
        Story story = story(OutputFormat.json, true);
        story.title("Lamella");
        story.tell("VM", stage -> {
            nanos.addAndGet(2_000_000_000L);
            stage.say("Linux").fact("kernel", "7.3.4");
            return "";
        });
        assertThat(printed()).isEmpty();
        assertThat(story.toDocument())
                .containsEntry("ok", true)
                .containsEntry("seconds", 2.0)
                .containsEntry("stages", List.of(Map.of("stage", "VM", "ok", true, "seconds", 2.0, "kernel", "7.3.4")));
    }
}
