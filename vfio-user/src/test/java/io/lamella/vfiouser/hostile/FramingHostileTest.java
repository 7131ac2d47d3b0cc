// SPDX-License-Identifier: Apache-2.0
package io.lamella.vfiouser.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import io.lamella.linux.EventFd;
import io.lamella.vfiouser.hostile.HostileClient.End;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Messages in pieces, several at once, and what cannot be framed. */
class FramingHostileTest extends HostileTest {
    private static void pause() {
        try {
            Thread.sleep(3);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void takesAMessageByteByByte() {
        try (HostileClient client = HostileClient.negotiated(socket())) {
            byte[] message = WireMessage.regionWrite32(0, 0x40, 99).id(7).toBytes();
            for (byte one : message) {
                client.send(new byte[] {one});
                pause();
            }
            assertThat(client.receive().id()).isEqualTo(7);
            assertThat(client.call(WireMessage.regionRead(0, 0x40, 4)).u32(16)).isEqualTo(99);
        }
    }

    @Test
    void takesSeveralMessagesInOneReadAndOneAndAHalf() {
        try (HostileClient client = HostileClient.negotiated(socket())) {
            ByteArrayOutputStream stream = new ByteArrayOutputStream();
            for (int i = 0; i < 300; i++) {
                stream.writeBytes(
                        WireMessage.regionRead(0, 4L * (i % 8), 4).id(i).toBytes());
            }
            byte[] all = stream.toByteArray();
            for (int at = 0; at < all.length; at += 50) {
                client.send(Arrays.copyOfRange(all, at, Math.min(all.length, at + 50)));
            }
            for (int i = 0; i < 300; i++) {
                HostileClient.Received answer = client.receive();
                assertThat(answer.id()).isEqualTo(i);
                assertThat(answer.isError()).isFalse();
            }
        }
    }

    @Test
    void aLargeWriteInManyPiecesIsOneMessage() {
        try (HostileClient client = HostileClient.negotiated(socket())) {
            byte[] data = new byte[600_000];
            Arrays.fill(data, (byte) 0x5a);
            byte[] message = WireMessage.regionWrite(2, 0, data).id(9).toBytes();
            for (int at = 0; at < message.length; at += 37_000) {
                client.send(Arrays.copyOfRange(message, at, Math.min(message.length, at + 37_000)));
                pause();
            }
            assertThat(client.receive().id()).isEqualTo(9);
            assertThat(client.call(WireMessage.regionRead(2, 599_996, 4)).u32(16))
                    .isEqualTo(0x5a5a_5a5a);
        }
    }

    @Test
    void equalIdsMayBeOutstanding() {
        try (HostileClient client = HostileClient.negotiated(socket())) {
            for (int i = 0; i < 64; i++) {
                client.send(WireMessage.regionWrite32(0, 0x40, i).id(5));
                client.send(WireMessage.regionRead(0, 0x40, 4).id(5));
            }
            for (int i = 0; i < 64; i++) {
                assertThat(client.receive().command()).isEqualTo(WireMessage.REGION_WRITE);
                HostileClient.Received read = client.receive();
                assertThat(read.id()).isEqualTo(5);
                assertThat(read.u32(16)).isEqualTo(i);
            }
        }
    }

    @Test
    void idsWrapAndStartAnywhere() {
        try (HostileClient client = HostileClient.negotiated(socket())) {
            for (int id : new int[] {39, 65535, 0, 1, 32768}) {
                client.send(WireMessage.deviceInfo(16).id(id));
                assertThat(client.receive().id()).isEqualTo(id);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 15, (1 << 20) + 8192, 1 << 30, Integer.MAX_VALUE, Integer.MIN_VALUE})
    void hangsUpInOrderOnASizeThatCannotBe(int size) {
        try (HostileClient client = HostileClient.negotiated(socket())) {
            client.send(WireMessage.deviceInfo(16).size(size).id(3).toBytes());
            // More that nobody will read: the client must still see the end of the stream, not a reset.
            long ignored = client.trySend(new byte[5000]);
            assertThat(client.awaitEnd(5000)).isEqualTo(End.CLOSED);
        }
    }

    @Test
    void tellsTheErrorBeforeItHangsUp() {
        try (HostileClient client = HostileClient.negotiated(socket())) {
            client.send(WireMessage.deviceInfo(16).size(3).id(3).toBytes());
            HostileClient.Received answer = client.receive();
            assertThat(answer.isError()).isTrue();
            assertThat(answer.id()).isEqualTo(3);
            assertThat(answer.body().limit()).isZero();
            assertThat(client.awaitEnd(5000)).isEqualTo(End.CLOSED);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3, 7, 15})
    void hangsUpOnATypeThatIsNeitherCommandNorReply(int type) {
        try (HostileClient client = HostileClient.negotiated(socket())) {
            client.send(WireMessage.deviceInfo(16).flags(type).toBytes());
            assertThat(client.awaitEnd(5000)).isEqualTo(End.CLOSED);
        }
    }

    @Test
    void aReplyThatNobodyAskedForDoesNoHarm() {
        try (HostileClient client = HostileClient.negotiated(socket())) {
            for (int command : new int[] {0, 4, WireMessage.DMA_READ, WireMessage.DMA_WRITE, 99}) {
                long ignored = client.trySend(WireMessage.of(command)
                        .flags(WireMessage.REPLY)
                        .u64(0, 4096)
                        .zeroes(4096)
                        .toBytes());
            }
            // Whether the server passes over them or hangs up is its choice.
            client.awaitEnd(50);
        }
    }

    @Test
    void descriptorsAreClosedWhateverTheyComeWith() {
        try (HostileClient client = HostileClient.negotiated(socket());
                EventFd event = EventFd.create()) {
            int[] many = new int[253];
            Arrays.fill(many, event.fd().number());
            byte[] message = WireMessage.regionRead(0, 0, 4).toBytes();
            // One set with the header, one with the body.
            client.send(Arrays.copyOf(message, 16), many);
            pause();
            client.send(Arrays.copyOfRange(message, 16, message.length), many);
            client.awaitEnd(50);
        }
    }

    @Test
    void aFloodOfDescriptorsDoesNotPileUp() {
        try (HostileClient client = HostileClient.negotiated(socket());
                EventFd event = EventFd.create()) {
            int[] many = new int[253];
            Arrays.fill(many, event.fd().number());
            // A message of 1 MiB that comes one byte a time, each byte with 253 descriptors.
            long result = client.trySend(Arrays.copyOf(
                    WireMessage.regionWrite(2, 0, new byte[1 << 20]).toBytes(), 32));
            for (int i = 0; i < 40 && result == 0; i++) {
                result = client.trySend(new byte[] {0}, many);
            }
            client.awaitEnd(100);
            assertThat(io.lamella.linux.OpenFiles.count()).isLessThan(2000);
        }
    }
}
