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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DocumentStoreTest {
    private static final Path DIRECTORY = Path.of("/state");

    private static final DocumentStore.Codec<String> TEXT = new DocumentStore.Codec<>() {
        @Override
        public byte[] encode(String document) {
            return ("<" + document + ">").getBytes(StandardCharsets.UTF_8);
        }

        @Override
        public String decode(String key, byte[] content) {
            String text = new String(content, StandardCharsets.UTF_8);
            if (!text.startsWith("<") || !text.endsWith(">")) {
                throw new IllegalArgumentException("no brackets");
            }
            return text.substring(1, text.length() - 1);
        }
    };

    /** A change: a null content removes. */
    private record Change(String key, @Nullable String content) {}

    private static final List<Change> STORY = List.of(
            new Change("a", "one"),
            new Change("b", "two"),
            new Change("a", "three"),
            new Change("b", null),
            new Change("c", "four"),
            new Change("b", "five"),
            new Change("a", null),
            new Change("c", "six"));

    /** What was confirmed, and what was under way, when it stopped. */
    private static final class Witness {
        final Map<String, String> confirmed = new HashMap<>();

        @Nullable
        Change underWay;

        void play(FragileFiles files) throws IOException {
            DocumentStore<String> store = DocumentStore.open(DIRECTORY, files, TEXT);
            for (Change change : STORY) {
                underWay = change;
                apply(store, change);
                confirm(change);
                underWay = null;
            }
        }

        void confirm(Change change) {
            if (change.content == null) {
                confirmed.remove(change.key);
            } else {
                confirmed.put(change.key, change.content);
            }
        }
    }

    private static void apply(DocumentStore<String> store, Change change) {
        if (change.content == null) {
            store.delete(change.key);
        } else {
            store.put(change.key, change.content);
        }
    }

    @Test
    void comesBackWithTheOldOrTheNewStateWhereverItIsStoppedAndSaysWhich() throws IOException {
        FragileFiles whole = new FragileFiles();
        new Witness().play(whole);
        int cases = 0;
        for (int at = 0; at < whole.operations(); at++) {
            for (Crash crash : Crash.values()) {
                int bytes = -1;
                int most;
                do {
                    FragileFiles files = new FragileFiles();
                    files.stopAt(at, bytes);
                    Witness witness = new Witness();
                    assertThatThrownBy(() -> witness.play(files)).isInstanceOf(Stopped.class);
                    check(witness, files.after(crash), crash + " at operation " + at + ", byte " + bytes);
                    most = files.stoppedWriteBytes();
                    bytes++;
                    cases++;
                } while (bytes <= most);
            }
        }
        assertThat(cases).isGreaterThan(200);
    }

    private static void check(Witness witness, FragileFiles files, String when) throws IOException {
        FragileFiles untouched = files.after(Crash.KILL);
        DocumentStore<String> store = DocumentStore.open(DIRECTORY, files, TEXT);
        Map<String, String> expected = new HashMap<>(witness.confirmed);
        Change change = witness.underWay;
        if (change != null) {
            String old = witness.confirmed.get(change.key);
            String now = store.initial().get(change.key);
            List<Kind> said = store.reports().stream()
                    .filter(report -> report.file().equals(change.key + ".json"))
                    .map(StoreReport::kind)
                    .toList();
            assertThat(said).as(when).hasSizeLessThanOrEqualTo(1).isSubsetOf(Kind.OLD_STATE, Kind.NEW_STATE);
            boolean isNew = said.contains(Kind.NEW_STATE);
            assertThat(now).as(when + " " + store.reports()).isEqualTo(isNew ? change.content : old);
            if (isNew) {
                if (change.content == null) {
                    expected.remove(change.key);
                } else {
                    expected.put(change.key, change.content);
                }
            }
        }
        assertThat(store.initial()).as(when).isEqualTo(expected);
        assertThat(files.list(DIRECTORY)).as(when).allMatch(name -> name.endsWith(".json"));
        stopWhileComingBack(untouched, expected, when);
    }

    /** Coming back can be stopped too, and changes nothing then. */
    private static void stopWhileComingBack(FragileFiles left, Map<String, String> expected, String when)
            throws IOException {
        for (int at = 0; ; at++) {
            FragileFiles files = left.after(Crash.KILL);
            files.stopAt(at, 0);
            try {
                DocumentStore.open(DIRECTORY, files, TEXT);
                return;
            } catch (Stopped e) {
                for (Crash crash : Crash.values()) {
                    assertThat(DocumentStore.open(DIRECTORY, files.after(crash), TEXT)
                                    .initial())
                            .as(when + ", then stopped at " + at)
                            .isEqualTo(expected);
                }
            }
        }
    }

    @Test
    void staysWithTheOldStateWhenAnOperationFails() throws IOException {
        FragileFiles whole = new FragileFiles();
        new Witness().play(whole);
        for (int at = 0; at < whole.operations(); at++) {
            for (int failures : new int[] {1, 2, 4, 1000}) {
                failFor(at, failures);
            }
        }
    }

    private static void failFor(int at, int failures) throws IOException {
        FragileFiles files = new FragileFiles();
        files.failAt(at, at + failures);
        DocumentStore<String> store = DocumentStore.open(DIRECTORY, files, TEXT);
        Map<String, String> expected = new HashMap<>();
        String when = failures + " failures from operation " + at;
        boolean stillCertain = true;
        for (Change change : STORY) {
            try {
                apply(store, change);
                if (change.content == null) {
                    expected.remove(change.key);
                } else {
                    expected.put(change.key, change.content);
                }
            } catch (StoreException e) {
                assertThat(e).hasMessageContaining("injected");
                if (e.isUncertain()) {
                    stillCertain = false;
                    String now = DocumentStore.open(DIRECTORY, files.after(Crash.KILL), TEXT)
                            .initial()
                            .get(change.key);
                    assertThat(Objects.equals(now, expected.get(change.key)) || Objects.equals(now, change.content))
                            .as(when)
                            .isTrue();
                    break;
                }
            }
        }
        if (stillCertain) {
            assertThat(DocumentStore.open(DIRECTORY, files.after(Crash.KILL), TEXT)
                            .initial())
                    .as(when)
                    .isEqualTo(expected);
        }
    }

    @Test
    void setsAsideWhatCannotBeReadAndLosesNothing(@TempDir Path directory) throws IOException {
        Path good = Files.writeString(directory.resolve("good.json"), "<fine>");
        Files.writeString(directory.resolve("half.json"), "<cut of");
        Files.writeString(directory.resolve("half.json.aside-1"), "an older one");
        Files.write(directory.resolve("huge.json"), new byte[DocumentStore.MAX_DOCUMENT_BYTES + 1]);
        Files.writeString(directory.resolve("README"), "not ours");
        DocumentStore<String> store = DocumentStore.open(directory, StoreFiles.DISK, TEXT);
        assertThat(store.initial()).containsOnlyKeys("good");
        assertThat(store.reports())
                .extracting(StoreReport::kind)
                .containsOnly(Kind.SET_ASIDE)
                .hasSize(2);
        assertThat(directory.resolve("half.json.aside-2")).hasContent("<cut of");
        assertThat(directory.resolve("huge.json.aside-1")).exists();
        assertThat(good).exists();
        assertThat(directory.resolve("README")).exists();
        store.put("good", "better");
        store.put("new", "born");
        store.delete("never");
        DocumentStore<String> again = DocumentStore.open(directory, StoreFiles.DISK, TEXT);
        assertThat(again.reports()).isEmpty();
        assertThat(again.initial()).isEqualTo(Map.of("good", "better", "new", "born"));
    }

    @Test
    void refusesKeysThatLeadElsewhere() throws IOException {
        DocumentStore<String> store = DocumentStore.open(DIRECTORY, new FragileFiles(), TEXT);
        for (String key : List.of("", "../x", "a/b", ".hidden", "x".repeat(101))) {
            assertThatThrownBy(() -> store.put(key, "x")).isInstanceOf(IllegalArgumentException.class);
        }
    }
}
