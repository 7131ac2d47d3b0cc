// SPDX-License-Identifier: Apache-2.0
package io.lamella.host.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lamella.host.store.FragileFiles.Crash;
import io.lamella.host.store.FragileFiles.Stopped;
import io.lamella.host.store.StoreReport.Kind;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EventJournalTest {
    private static final Path DIRECTORY = Path.of("/state");
    private static final int LIMIT = 100;

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static List<String> texts(EventJournal journal) {
        return journal.initial().stream()
                .map(record -> new String(record, StandardCharsets.UTF_8))
                .toList();
    }

    private static List<String> play(FragileFiles files, List<String> confirmed) throws IOException {
        EventJournal journal = EventJournal.open(DIRECTORY, files, LIMIT);
        for (int i = 0; i < 12; i++) {
            String text = "event " + i;
            journal.append(List.of(bytes(text)), true);
            confirmed.add(text);
        }
        return confirmed;
    }

    @Test
    void keepsWhatWasConfirmedWhereverItIsStopped() throws IOException {
        FragileFiles whole = new FragileFiles();
        play(whole, new ArrayList<>());
        for (int at = 0; at < whole.operations(); at++) {
            for (Crash crash : Crash.values()) {
                int bytes = 0;
                int most;
                do {
                    FragileFiles files = new FragileFiles();
                    files.stopAt(at, bytes);
                    List<String> confirmed = new ArrayList<>();
                    assertThatThrownBy(() -> play(files, confirmed)).isInstanceOf(Stopped.class);
                    check(files.after(crash), confirmed, crash + " at operation " + at + ", byte " + bytes);
                    most = files.stoppedWriteBytes();
                    bytes++;
                } while (bytes <= most);
            }
        }
    }

    private static void check(FragileFiles files, List<String> confirmed, String when) throws IOException {
        EventJournal journal = EventJournal.open(DIRECTORY, files, LIMIT);
        List<String> found = texts(journal);
        int kept = Math.min(confirmed.size(), LIMIT / 16 - 1);
        List<String> least = confirmed.subList(confirmed.size() - kept, confirmed.size());
        assertThat(found).as(when).containsAll(least);
        assertThat(found).as(when).hasSizeLessThanOrEqualTo(2 * LIMIT / 15);
        journal.append(List.of(bytes("later")), true);
        EventJournal again = EventJournal.open(DIRECTORY, files, LIMIT);
        assertThat(texts(again)).as(when).endsWith("later").containsAll(least);
        assertThat(again.reports()).as(when).isEmpty();
    }

    @Test
    void readsUpToADamagedRecordAndKeepsTheRest(@TempDir Path directory) throws IOException {
        EventJournal journal = EventJournal.open(directory, StoreFiles.DISK, 1 << 20);
        journal.append(List.of(bytes("one"), bytes("two"), bytes("three")), false);
        Path file = directory.resolve("events.log");
        byte[] good = Files.readAllBytes(file);
        for (int at = 0; at < good.length; at++) {
            byte[] bad = good.clone();
            bad[at] ^= 0x40;
            Files.write(file, bad);
            EventJournal read = EventJournal.open(directory, StoreFiles.DISK, 1 << 20);
            int whole = at < 11 ? 0 : at < 22 ? 1 : 2;
            assertThat(texts(read))
                    .as("byte " + at)
                    .isEqualTo(List.of("one", "two", "three").subList(0, whole));
            assertThat(read.reports()).extracting(StoreReport::kind).containsExactly(Kind.JOURNAL_CUT);
            assertThat(Files.size(directory.resolve("events.log.damaged"))).isEqualTo(good.length - Files.size(file));
        }
    }

    @Test
    void staysWithinItsBound(@TempDir Path directory) throws IOException {
        EventJournal journal = EventJournal.open(directory, StoreFiles.DISK, 4096);
        for (int i = 0; i < 500; i++) {
            journal.append(List.of(bytes("x".repeat(i % 200 + 1)), bytes(Integer.toString(i))), false);
        }
        long all = Files.size(directory.resolve("events.log")) + Files.size(directory.resolve("events.old.log"));
        assertThat(all).isLessThan(2 * 4096 + 300);
        assertThat(texts(EventJournal.open(directory, StoreFiles.DISK, 4096)))
                .endsWith("499")
                .doesNotContain("0");
        assertThatThrownBy(() -> journal.append(List.of(new byte[EventJournal.MAX_RECORD_BYTES + 1]), false))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
