// SPDX-License-Identifier: Apache-2.0
package io.lamella.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lamella.daemon.client.ApiException;
import io.lamella.daemon.client.DaemonClient;
import io.lamella.daemon.client.EventStream;
import io.lamella.daemon.http.Json;
import io.lamella.gpu.trace.TraceEvent;
import io.lamella.host.ShippedFirmware;
import io.lamella.host.guest.NoVmGuest;
import io.lamella.host.node.VgpuDefinition;
import io.lamella.host.node.VgpuView;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a driver does with a vGPU of a daemon, seen from a client. */
@Timeout(120)
class TraceTest {
    @TempDir
    static Path folder;

    private static TestDaemon daemon;

    @BeforeAll
    static void start() throws Exception {
        daemon = new TestDaemon(folder, 1);
    }

    @AfterAll
    static void stop() {
        daemon.close();
    }

    @Test
    void showsADriversMessagesUntilTheVgpuStops() throws Exception {
        try (DaemonClient client = daemon.client()) {
            VgpuView vgpu =
                    client.create(VgpuDefinition.of("L40-8Q").withName("traced").withAutostart(false));
            try (EventStream stream = client.trace("traced", List.of("rpc", "life"), List.of())) {
                List<TraceEvent> events = new ArrayList<>();
                Thread driver = Thread.ofPlatform().start(() -> {
                    NoVmGuest.run(
                            Path.of(Objects.requireNonNull(vgpu.status().socket())),
                            ShippedFirmware.source(),
                            "570.144");
                    try (DaemonClient other = daemon.client()) {
                        VgpuView ignored = other.stop("traced");
                    }
                });
                for (EventStream.Item item = stream.next();
                        item != null && !item.name().equals("end");
                        item = stream.next()) {
                    events.add(Json.read(Json.bytes(item.data()), TraceEvent.class));
                }
                driver.join();
                assertThat(events).extracting(TraceEvent::kind).containsOnly(TraceEvent.Kind.RPC, TraceEvent.Kind.LIFE);
                assertThat(events).allMatch(TraceEvent::known);
                assertThat(events).extracting(TraceEvent::name).anyMatch(name -> name.equals("GET_GSP_STATIC_INFO"));
            }
        }
    }

    @Test
    void refusesWhatCannotBeTraced() {
        try (DaemonClient client = daemon.client()) {
            VgpuView ignored = client.define(VgpuDefinition.of("L40-8Q").withName("resting"));
            assertThatThrownBy(() -> client.trace("resting", List.of(), List.of()))
                    .isInstanceOf(ApiException.class)
                    .hasMessageContaining("only one that runs can be traced");
            assertThatThrownBy(() -> client.trace("nobody", List.of(), List.of()))
                    .isInstanceOf(ApiException.class)
                    .hasMessageContaining("nobody");
            VgpuView started = client.start("resting");
            assertThat(started.status().gpu()).isEqualTo("gpu0");
            assertThatThrownBy(() -> client.trace("resting", List.of("noise"), List.of()))
                    .isInstanceOf(ApiException.class)
                    .hasMessageContaining("There is no kind of event noise");
        }
    }

    @Test
    void askingForTheHeadTakesNobodysPlace() throws Exception {
        try (DaemonClient client = daemon.client()) {
            VgpuView vgpu = client.create(VgpuDefinition.of("L40-8Q").withAutostart(false));
            for (int i = 0; i < 70; i++) {
                assertThat(head("/v1/vgpus/" + vgpu.uuid() + "/trace")).startsWith("HTTP/1.1 200");
                assertThat(head("/v1/events")).startsWith("HTTP/1.1 200");
            }
            try (EventStream trace = client.trace(vgpu.uuid(), List.of(), List.of());
                    EventStream events = client.watch(OptionalLong.of(0), Map.of())) {
                assertThat(events.next()).isNotNull();
                client.delete(vgpu.uuid(), OptionalLong.empty());
                EventStream.Item item = trace.next();
                while (item != null && !item.name().equals("end")) {
                    item = trace.next();
                }
                assertThat(item).as("the end").isNotNull();
            }
        }
    }

    private static String head(String path) throws IOException {
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(daemon.daemon.socket()))) {
            String request = "HEAD " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
            int written = channel.write(ByteBuffer.wrap(request.getBytes(StandardCharsets.US_ASCII)));
            assertThat(written).isEqualTo(request.length());
            return new String(Channels.newInputStream(channel).readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
