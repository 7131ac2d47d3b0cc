// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.recording;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lamella.gpu.recording.RecordedEvent.EventType;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecordingFileTest {
    private static final RecordingHeader HEADER =
            new RecordingHeader("GB202", "L40-8Q", "570.144", 12345, "00ff", "2026-01-01T00:00:00Z");

    @TempDir
    private Path folder = Path.of("");

    private Path write(int accesses, boolean complete) throws IOException {
        Path file = folder.resolve("a.lrec");
        RecordingWriter writer = new RecordingWriter(file, HEADER);
        Random random = new Random(1);
        for (int i = 0; i < accesses; i++) {
            byte[] data = new byte[random.nextInt(5000)];
            random.nextBytes(data);
            writer.add(EventType.DMA_READ, 0, 0, -4096L * i, MemorySegment.ofArray(data));
            writer.add(EventType.INTERRUPT, 0, 0, 0, 1, 3);
            writer.add(EventType.BAR_READ, 100L * i, 0, 4L * i, 4, random.nextLong());
        }
        if (complete) {
            writer.close();
        }
        return file;
    }

    private static List<RecordedEvent> read(RecordingReader reader) throws IOException {
        List<RecordedEvent> events = new ArrayList<>();
        for (RecordedEvent event = reader.next(); event != null; event = reader.next()) {
            events.add(event);
        }
        return events;
    }

    @Test
    void whatWasWrittenIsRead() throws IOException {
        try (RecordingReader reader = new RecordingReader(write(1000, true))) {
            assertThat(reader.header()).isEqualTo(HEADER);
            List<RecordedEvent> events = read(reader);
            assertThat(events).hasSize(3000);
            assertThat(reader.isComplete()).isTrue();
            Random random = new Random(1);
            for (int i = 0; i < 1000; i++) {
                byte[] data = new byte[random.nextInt(5000)];
                random.nextBytes(data);
                assertThat(events.get(3 * i).data()).isEqualTo(data);
                assertThat(events.get(3 * i).address()).isEqualTo(-4096L * i);
                assertThat(events.get(3 * i + 1).value()).isEqualTo(3);
                RecordedEvent access = events.get(3 * i + 2);
                assertThat(access.timeNanos()).isEqualTo(100L * i);
                assertThat(access.value()).isEqualTo(random.nextLong());
            }
        }
    }

    @Test
    void aLongRunOfBytesIsSeveralEvents() throws IOException {
        Path file = folder.resolve("long.lrec");
        byte[] data = new byte[RecordingFormat.MAX_DATA_BYTES + 5];
        Arrays.fill(data, (byte) 7);
        try (RecordingWriter writer = new RecordingWriter(file, HEADER)) {
            writer.add(EventType.DMA_WRITE, 0, 0, 0x1000, MemorySegment.ofArray(data));
        }
        try (RecordingReader reader = new RecordingReader(file)) {
            assertThat(read(reader))
                    .extracting(event -> event.address() + ":" + event.data().length)
                    .containsExactly("4096:1048576", (0x1000 + RecordingFormat.MAX_DATA_BYTES) + ":5");
        }
    }

    @Test
    void aRecorderThatWasKilledLeavesWhatItHadWritten() throws IOException {
        try (RecordingReader reader = new RecordingReader(write(1000, false))) {
            assertThat(read(reader)).hasSizeBetween(100, 2999);
            assertThat(reader.isComplete()).isFalse();
        }
    }

    @Test
    void otherFilesAreRefusedWithASentence() throws IOException {
        Path file = folder.resolve("other");
        Files.write(file, new byte[100]);
        assertThatThrownBy(() -> new RecordingReader(file)).hasMessage("This file is not a recording of lamella.");
        Files.write(file, RecordingFormat.MAGIC);
        assertThatThrownBy(() -> new RecordingReader(file)).hasMessageEndingWith("is too short to be a recording.");
        byte[] newer = Files.readAllBytes(write(1, true));
        newer[11] = 9;
        Files.write(file, newer);
        assertThatThrownBy(() -> new RecordingReader(file))
                .hasMessage("This recording has version 9 of the format; this program knows version 1.");
    }

    /** Whatever is in the file: a sentence about it, or events; never another failure, never more memory than the limits. */
    @Test
    void damagedFilesAreNoticed() throws IOException {
        long seed = Long.getLong("lamella.seed", 20_261_122L);
        Random random = new Random(seed);
        byte[] good = Files.readAllBytes(write(60, true));
        Path file = folder.resolve("bad.lrec");
        int noticed = 0;
        int rounds = 400;
        for (int round = 0; round < rounds; round++) {
            byte[] bad = good.clone();
            for (int i = 0; i <= random.nextInt(4); i++) {
                bad[random.nextInt(round % 2 == 0 ? 200 : bad.length)] = (byte) random.nextInt(256);
            }
            boolean changed = !Arrays.equals(bad, good);
            if (round % 5 == 0) {
                bad = Arrays.copyOf(bad, random.nextInt(bad.length));
            }
            Files.write(file, bad);
            try (RecordingReader reader = new RecordingReader(file)) {
                read(reader);
                assertThat(reader.isComplete())
                        .as("round %d, seed %d", round, seed)
                        .isEqualTo(!changed);
            } catch (RecordingException e) {
                assertThat(e).message().endsWith(".");
                noticed++;
            }
        }
        assertThat(noticed).as("seed %d", seed).isGreaterThan(rounds / 2);
    }
}
