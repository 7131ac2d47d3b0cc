// SPDX-License-Identifier: Apache-2.0
package io.lamella.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.lamella.daemon.client.ApiException;
import io.lamella.daemon.client.DaemonClient;
import io.lamella.daemon.client.EventStream;
import io.lamella.host.node.NodeEvent;
import io.lamella.host.node.VgpuDefinition;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Watching, when the log keeps few events and the clients are many. */
@Timeout(120)
class EventStreamTest {
    private static final int KEPT = 32;

    @TempDir
    Path folder;

    @Test
    void whoWasAwayTooLongIsToldSo() throws Exception {
        try (TestDaemon daemon = new TestDaemon(folder, 1, KEPT);
                DaemonClient client = daemon.client()) {
            long before = client.node().newestEventId();
            for (int i = 0; i < 3 * KEPT; i++) {
                client.define(VgpuDefinition.of("L40-1Q").withName("v" + i));
            }
            try (EventStream stream = client.watch(OptionalLong.of(before), Map.of())) {
                EventStream.Item gap = Objects.requireNonNull(stream.next());
                assertThat(gap.isGap()).isTrue();
                assertThat(gap.sentence()).contains("no longer kept");
                NodeEvent first = Objects.requireNonNull(stream.next()).event();
                assertThat(first.id()).isEqualTo(gap.data().path("oldestId").asLong());
                long last = first.id();
                for (int i = 1; i < KEPT; i++) {
                    EventStream.Item item = Objects.requireNonNull(stream.next());
                    assertThat(item.id()).isGreaterThan(last);
                    last = item.id();
                }
                assertThat(last).isEqualTo(client.node().newestEventId());
            }
        }
    }

    @Test
    void filtersKeepTheOthersOut() throws Exception {
        try (TestDaemon daemon = new TestDaemon(folder, 1, KEPT);
                DaemonClient client = daemon.client()) {
            String one =
                    client.define(VgpuDefinition.of("L40-1Q").withName("one")).uuid();
            try (EventStream stream = client.watch(OptionalLong.empty(), Map.of("vgpu", "one"))) {
                client.define(VgpuDefinition.of("L40-1Q").withName("two"));
                client.delete("one", OptionalLong.empty());
                assertThat(Objects.requireNonNull(stream.next()).event().vgpu()).isEqualTo(one);
            }
            assertThatThrownBy(() -> client.watch(OptionalLong.empty(), Map.of("vgpu", "none")))
                    .isInstanceOfSatisfying(
                            ApiException.class, e -> assertThat(e.code()).isEqualTo("unknown-vgpu"));
        }
    }

    @Test
    void soManyMayWatchAndTheEndIsSaid() throws Exception {
        List<EventStream> streams = new ArrayList<>();
        try (TestDaemon daemon = new TestDaemon(folder, 1, KEPT);
                DaemonClient client = daemon.client()) {
            try {
                for (int i = 0; i < 64; i++) {
                    streams.add(client.watch(OptionalLong.empty(), Map.of()));
                }
                assertThatThrownBy(() -> client.watch(OptionalLong.empty(), Map.of()))
                        .isInstanceOfSatisfying(
                                ApiException.class,
                                e -> assertThat(e.problem().status()).isEqualTo(429));
                streams.removeLast().close();
                await().atMost(30, TimeUnit.SECONDS).ignoreExceptions().until(() -> {
                    client.define(VgpuDefinition.of("L40-1Q"));
                    return streams.add(client.watch(OptionalLong.empty(), Map.of()));
                });
                long begun = System.nanoTime();
                daemon.daemon.close();
                assertThat(System.nanoTime() - begun).isLessThan(20_000_000_000L);
                List<String> names = new ArrayList<>();
                for (EventStream.Item item = streams.getLast().next();
                        item != null;
                        item = streams.getLast().next()) {
                    names.add(item.name());
                }
                assertThat(names).endsWith("end");
            } finally {
                streams.forEach(EventStream::close);
            }
        }
    }
}
