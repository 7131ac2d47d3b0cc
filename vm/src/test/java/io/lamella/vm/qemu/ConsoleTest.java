// SPDX-License-Identifier: Apache-2.0
package io.lamella.vm.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConsoleTest {
    @TempDir
    Path folder;

    private final List<String> heard = new ArrayList<>();

    private Console follow(String text) throws Exception {
        Console console = new Console(folder.resolve("log"), System.nanoTime(), line -> heard.add(line.text()));
        console.follow(new ByteArrayInputStream(text.getBytes(StandardCharsets.ISO_8859_1)));
        return console;
    }

    @Test
    void linesComeWithoutControlCharacters() throws Exception {
        Console console = follow("one\r\n\u001b[2Jtwo\u0007\u0000\n\tthree \u00ff");
        assertThat(heard).containsExactly("one", "[2Jtwo", "\tthree ");
        assertThat(console.log()).content().contains(" one\n", " [2Jtwo\n");
        assertThat(console.await(line -> line.equals("one"), Duration.ZERO)).isPresent();
        assertThat(console.await(line -> line.equals("four"), Duration.ofMinutes(1)))
                .isEmpty();
    }

    @Test
    void aLineWithoutEndIsCut() throws Exception {
        follow("x".repeat(5000));
        assertThat(heard).hasSize(3).allMatch(line -> line.length() <= 2000);
    }

    @Test
    void memoryAndFileAreBounded() throws Exception {
        Console console = follow("y\n".repeat(30_000) + ("z".repeat(1999) + "\n").repeat(20_000));
        assertThat(console.lines()).hasSize(20_000);
        assertThat(console.log().toFile().length()).isBetween(32L << 20, (32L << 20) + 4096);
        assertThat(console.log()).content().endsWith("(the guest printed more than this file may hold)\n");
    }
}
