// SPDX-License-Identifier: Apache-2.0
package io.lamella.host.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.lamella.vgpu.type.TypeCatalogue;
import io.lamella.vgpu.type.VgpuType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kills a node's process at random moments under load, {@code -Dlamella.kills} times, and looks each time at what the next process finds: what was
 * confirmed is there, what was not is there or not and never something else, what is to run runs, and no memory is missing.
 */
@Timeout(value = 2, unit = TimeUnit.HOURS)
class NodeKillTest {
    private static final int KILLS = Integer.getInteger("lamella.kills", 8);
    private static final String GONE = "";

    @TempDir
    Path directory;

    /** What each name may be, as far as this side knows: one possibility where it was confirmed. */
    private final Map<String, Set<String>> possible = new HashMap<>();

    private List<String> before = List.of();
    private int confirmed;

    @Test
    void findsWhatWasConfirmedHoweverOftenItIsKilled() throws IOException, InterruptedException {
        long seed = Long.getLong("lamella.seed", System.nanoTime());
        System.out.println("NodeKillTest seed " + seed + " (-Dlamella.seed=" + seed + "), " + KILLS + " kills");
        Random random = new Random(seed);
        int early = 0;
        for (int kill = 0; kill < KILLS; kill++) {
            // Now and then while it starts.
            boolean starting = kill > 0 && random.nextInt(5) == 0;
            List<String> lines = run(seed + kill, starting ? random.nextInt(1500) : -1, random.nextInt(900));
            if (lines.contains("READY")) {
                check("kill " + kill + ", seed " + seed, lines);
            } else {
                early++;
            }
            learn(lines);
        }
        List<String> last = run(seed, -1, -1);
        check("at the end, seed " + seed, last);
        System.out.println(KILLS + " kills, " + early + " of them while starting; " + confirmed
                + " changes were confirmed, none was lost");
        assertThat(confirmed).isGreaterThan(KILLS);
    }

    /** Runs the process until it is killed: so long after its start, or after it is ready; or lets it end. */
    private List<String> run(long seed, long killAfterStart, long killAfterReady)
            throws IOException, InterruptedException {
        String path = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                path,
                LoadedNode.class.getName(),
                directory.resolve("state").toString(),
                Long.toString(seed),
                directory.resolve("run").toString()));
        boolean toTheEnd = killAfterStart < 0 && killAfterReady < 0;
        if (toTheEnd) {
            command.add("end");
        }
        // Into a file: of a pipe, the end may get lost when the process is killed while somebody reads.
        Path output = directory.resolve("output");
        Process process = new ProcessBuilder(command)
                .redirectOutput(output.toFile())
                .redirectError(directory.resolve("errors").toFile())
                .start();
        long begun = System.nanoTime();
        if (toTheEnd) {
            assertThat(process.waitFor(5, TimeUnit.MINUTES)).isTrue();
        } else if (killAfterStart >= 0) {
            Thread.sleep(killAfterStart);
        } else {
            while (!Files.readString(output).contains("READY") && process.isAlive()) {
                assertThat(System.nanoTime() - begun).isLessThan(TimeUnit.MINUTES.toNanos(5));
                Thread.sleep(5);
            }
            Thread.sleep(killAfterReady);
        }
        boolean died = !process.isAlive() && !toTheEnd;
        process.destroyForcibly().waitFor();
        assertThat(died)
                .as("it ended by itself: " + Files.readString(directory.resolve("errors")))
                .isFalse();
        return Files.readAllLines(output);
    }

    private List<String> said(String name) {
        return before.stream().filter(line -> line.contains(" " + name)).toList();
    }

    /** Follows requests and confirmations. */
    private void learn(List<String> lines) {
        before = lines;
        Map<String, String[]> underWay = new HashMap<>();
        for (String line : lines) {
            String[] words = line.split(" ");
            switch (words[0]) {
                case "TRY" -> underWay.put(words[2], words);
                case "DONE" -> {
                    confirmed++;
                    String[] request = underWay.remove(words[2]);
                    String now = request == null ? null : after(request);
                    if (now != null) {
                        possible.put(words[2], new TreeSet<>(Set.of(now)));
                    }
                }
                case "REFUSED" -> underWay.remove(words[2]);
                default -> {}
            }
        }
        underWay.forEach((name, request) -> {
            String now = after(request);
            if (now != null) {
                possible.computeIfAbsent(name, ignored -> new TreeSet<>(Set.of(GONE)))
                        .add(now);
            }
        });
    }

    /** What a request makes of a name; null if that does not concern the store. */
    private static @Nullable String after(String[] request) {
        return switch (request[1]) {
            case "define", "create", "update" -> request[3] + " " + request[4];
            case "delete" -> GONE;
            default -> null;
        };
    }

    private void check(String when, List<String> lines) {
        Map<String, String> found = new HashMap<>();
        Set<String> running = new TreeSet<>();
        Set<String> sockets = new TreeSet<>();
        for (String line : lines.subList(0, lines.indexOf("READY"))) {
            String[] words = line.split(" ");
            switch (words[0]) {
                case "FOUND" -> {
                    assertThat(found.put(words[1], words[3] + " " + words[4]))
                            .as(when + ": " + words[1] + " twice")
                            .isNull();
                    boolean runs = words[5].equals("RUNNING");
                    assertThat(runs).as(when + ": " + line).isEqualTo(words[4].equals("true"));
                    if (runs) {
                        running.add(words[2] + ".sock");
                    }
                }
                case "REPORT" -> assertThat(line).as(when).doesNotContain("cannot be used");
                case "SOCKET" -> sockets.add(words[1]);
                case "GPU" -> checkMemory(when, words);
                default -> {}
            }
        }
        assertThat(sockets).as(when).isEqualTo(running);
        found.forEach((name, what) -> assertThat(possible.getOrDefault(name, Set.of()))
                .as(when + ": " + name + ", of which the process before had said " + said(name))
                .contains(what));
        possible.forEach((name, what) -> {
            if (!what.contains(GONE)) {
                assertThat(found).as(when + ": " + name + " was confirmed").containsKey(name);
            }
        });
        // From here on this is what there is.
        possible.replaceAll((name, what) -> new TreeSet<>(Set.of(found.getOrDefault(name, GONE))));
    }

    /** What is used of a GPU is what its vGPUs have, and the page tables of the host's aperture. */
    private static void checkMemory(String when, String[] words) {
        VgpuType type = TypeCatalogue.shipped().find(LoadedNode.TYPE).orElseThrow();
        long count = Long.parseLong(words[2]);
        long used = Long.parseLong(words[3]);
        long expected = count * (type.fbLengthBytes() + type.gspHeapSizeBytes());
        assertThat(used - expected).as(when + ": " + words[1]).isBetween(0L, 4L << 20);
    }
}
