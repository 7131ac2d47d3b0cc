// SPDX-License-Identifier: Apache-2.0
package io.lamella.vfiouser.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import io.lamella.linux.EventFd;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** VERSION. */
class VersionHostileTest extends HostileTest {
    @Test
    void answersTheSameMajorAndNoGreaterMinor() {
        for (int minor : new int[] {0, 1, 7, 0xffff}) {
            try (HostileClient client = HostileClient.connect(socket())) {
                HostileClient.Received answer = client.call(WireMessage.version(0, minor, HostileClient.CAPABILITIES));
                assertThat(answer.isError()).isFalse();
                assertThat(answer.body().getShort(0)).isZero();
                assertThat(Short.toUnsignedInt(answer.body().getShort(2))).isLessThanOrEqualTo(minor);
                assertThat(answer.body().get(answer.body().limit() - 1))
                        .as("the JSON's NUL")
                        .isZero();
            }
        }
    }

    @Test
    void advertisesWhatQemuAccepts() {
        try (HostileClient client = HostileClient.connect(socket())) {
            HostileClient.Received answer = client.call(WireMessage.version(0, 0, HostileClient.CAPABILITIES));
            byte[] json = new byte[answer.body().limit() - 5];
            answer.body().get(4, json);
            assertThat(new String(json, StandardCharsets.UTF_8))
                    .startsWith("{\"capabilities\":{")
                    .contains("\"max_msg_fds\"", "\"max_data_xfer_size\"", "\"pgsizes\"")
                    .doesNotContain("twin_socket");
        }
    }

    @Test
    void takesAProposalWithoutJson() {
        try (HostileClient client = HostileClient.connect(socket())) {
            assertThat(client.call(WireMessage.of(WireMessage.VERSION).u16(0, 0))
                            .isError())
                    .isFalse();
            assertThat(client.call(WireMessage.deviceInfo(16)).isError()).isFalse();
        }
    }

    @Test
    void refusesAnotherMajor() {
        try (HostileClient client = HostileClient.connect(socket())) {
            assertRefusedOrClosed(client, WireMessage.version(1, 0, HostileClient.CAPABILITIES));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3})
    void refusesAShortOne(int bytes) {
        try (HostileClient client = HostileClient.connect(socket())) {
            assertRefusedOrClosed(client, WireMessage.of(WireMessage.VERSION).zeroes(bytes));
        }
    }

    @Test
    void refusesJsonWithoutItsNul() {
        try (HostileClient client = HostileClient.connect(socket())) {
            assertRefusedOrClosed(
                    client,
                    WireMessage.of(WireMessage.VERSION)
                            .u16(0, 0)
                            .bytes(HostileClient.CAPABILITIES.getBytes(StandardCharsets.UTF_8)));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{",
                "}",
                "[]",
                "17",
                "nonsense",
                "{\"capabilities\":7}",
                "{\"capabilities\":[]}",
                "{\"capabilities\":{\"max_data_xfer_size\":0}}",
                "{\"capabilities\":{\"max_data_xfer_size\":4095}}",
                "{\"capabilities\":{\"max_data_xfer_size\":-1}}",
                "{\"capabilities\":{\"max_data_xfer_size\":\"large\"}}",
                "{\"capabilities\":{\"max_data_xfer_size\":1e400}}",
                "{\"capabilities\":{\"max_msg_fds\":-1}}",
                "{\"capabilities\":{\"max_msg_fds\":true}}",
                "{\"capabilities\":{\"max_msg_fds\":99999999999999999999999999}}",
                "{\"capabilities\":{\"write_multiple\":1}}",
                "{\"capabilities\":{\"migration\":5}}",
                "{\"capabilities\":{\"max_msg_fds\":16}} trailing",
                "{\"capabilities\":{\"max_msg_fds\":16,}}",
                "{\"capabilities\":{\"x\":\"\\ud800\\q\"}}",
                "{\"capabilities\":{\"x\":\"unterminated",
            })
    void refusesHostileJson(String json) {
        try (HostileClient client = HostileClient.connect(socket())) {
            assertRefusedOrClosed(client, WireMessage.version(0, 0, json));
        }
    }

    @Test
    void refusesJsonThatIsDeepOrLong() {
        for (String json : new String[] {
            "[".repeat(60_000), "{\"a\":".repeat(10_000), "{\"capabilities\":{\"x\":\"" + "y".repeat(70_000) + "\"}}"
        }) {
            try (HostileClient client = HostileClient.connect(socket())) {
                assertRefusedOrClosed(client, WireMessage.version(0, 0, json));
            }
        }
    }

    @Test
    void passesOverCapabilitiesThatItDoesNotKnow() {
        try (HostileClient client = HostileClient.connect(socket())) {
            assertThat(client.call(
                                    WireMessage.version(
                                            0,
                                            1,
                                            "{\"capabilities\":{\"twin_socket\":{\"supported\":true,\"fd_index\":0},\"new\":[1,{\"a\":null}]},\"x\":1}"))
                            .withoutFds()
                            .isError())
                    .isFalse();
        }
    }

    @Test
    void servesNothingBeforeIt() {
        try (HostileClient client = HostileClient.connect(socket())) {
            assertRefusedOrClosed(client, WireMessage.deviceInfo(16));
        }
    }

    @Test
    void refusesASecondOneAndServesOn() {
        try (HostileClient client = HostileClient.negotiated(socket())) {
            if (assertRefusedOrClosed(client, WireMessage.version(0, 0, HostileClient.CAPABILITIES))) {
                assertWorks(client);
            }
        }
    }

    @Test
    void closesDescriptorsThatComeWithIt() {
        try (HostileClient client = HostileClient.connect(socket());
                EventFd event = EventFd.create()) {
            client.send(
                    WireMessage.version(0, 0, HostileClient.CAPABILITIES),
                    event.fd().number(),
                    event.fd().number());
            client.tryReceive();
        }
    }
}
