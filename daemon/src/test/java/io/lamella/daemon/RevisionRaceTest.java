// SPDX-License-Identifier: Apache-2.0
package io.lamella.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import io.lamella.daemon.client.ApiException;
import io.lamella.daemon.client.DaemonClient;
import io.lamella.host.node.VgpuDefinition;
import io.lamella.host.node.VgpuView;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Several clients change one thing at the same time, each from what it saw. */
class RevisionRaceTest {
    private static final int CLIENTS = 6;
    private static final int ROUNDS = 30;

    @TempDir
    Path folder;

    @Test
    void nobodyOverwritesWhatHeHasNotSeen() throws Exception {
        try (TestDaemon daemon = new TestDaemon(folder, 1);
                ExecutorService threads = Executors.newFixedThreadPool(CLIENTS)) {
            String uuid;
            try (DaemonClient client = daemon.client()) {
                uuid = client.define(VgpuDefinition.of("L40-8Q").withName("shared"))
                        .uuid();
            }
            // Each success saw one revision and made another: no revision may be the ground of two successes.
            Set<Long> grounds = new ConcurrentSkipListSet<>();
            AtomicInteger won = new AtomicInteger();
            AtomicInteger lost = new AtomicInteger();
            List<Future<?>> all = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                all.add(threads.submit(() -> {
                    try (DaemonClient client = daemon.client()) {
                        for (int round = 0; round < ROUNDS; round++) {
                            VgpuView seen = client.vgpu(uuid);
                            boolean start =
                                    Boolean.TRUE.equals(seen.definition().autostart());
                            try {
                                VgpuView made = client.put(
                                        uuid,
                                        seen.definition().withAutostart(!start),
                                        OptionalLong.of(seen.revision()));
                                assertThat(made.revision()).isGreaterThan(seen.revision());
                                assertThat(grounds.add(seen.revision())).isTrue();
                                won.incrementAndGet();
                            } catch (ApiException e) {
                                assertThat(e.problem().status())
                                        .as(e.getMessage())
                                        .isIn(409, 412);
                                lost.incrementAndGet();
                            }
                        }
                    }
                }));
            }
            for (Future<?> each : all) {
                each.get();
            }
            assertThat(won.get()).isPositive();
            assertThat(won.get() + lost.get()).isEqualTo(CLIENTS * ROUNDS);
            try (DaemonClient client = daemon.client()) {
                assertThat(client.vgpu(uuid).revision()).isGreaterThan(new TreeSet<>(grounds).getLast());
                // As many changes as successes: the last state says whether their number is even.
                assertThat(client.vgpu(uuid).definition().autostart()).isEqualTo(won.get() % 2 == 0);
            }
        }
    }
}
